"""Tests of `modelport.image.compression`."""

import gzip
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from modelport.image.compression import CHUNK, compressor, gzip_chunks
from modelport.store.descriptor import digest_of

_TEXT = b"".join(b"%d: a line of a file\n" % number for number in range(200_000))


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(1, len(_TEXT)), max_size=8))
def test_bytes_do_not_depend_on_how_the_stream_was_cut(cuts: list[int]) -> None:
    """
    A reader that hands over other pieces gives the same digest.
    """
    places = [0, *sorted(cuts), len(_TEXT)]
    pieces = [_TEXT[start:end] for start, end in pairwise(places)]

    assert b"".join(gzip_chunks([_TEXT])) == b"".join(gzip_chunks(pieces))


def test_others_can_read_it() -> None:
    """
    Several members in one stream are ordinary gzip; nothing becomes nothing.
    """
    packed = b"".join(gzip_chunks([_TEXT]))

    assert _TEXT == gzip.decompress(packed)
    assert len(_TEXT) > 3 * CHUNK
    assert b"" == b"".join(gzip_chunks([]))


def test_the_pinned_compressor_gives_the_same_bytes_everywhere() -> None:
    """
    One golden digest: with another compressor, version or level every image would get a new one.
    """
    assert "deflate 0.9.0 level 6" == compressor()
    assert "sha256:7c81ed6112c37796d6a3e08b579cc14326f168e541d4c5d377c0c89a4c17dc9e" == digest_of(
        b"".join(gzip_chunks([_TEXT]))
    )
