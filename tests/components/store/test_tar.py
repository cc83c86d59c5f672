"""Tests of `modelport.store.tar`."""

import io
import os
import tarfile
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelport.store.descriptor import digest_of
from modelport.store.tar import SourceChangedError, TarEntry, tar_chunks

_names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120).filter(
    lambda name: name not in {".", ".."}
)
_trees = st.dictionaries(_names, st.binary(max_size=1500), min_size=1, max_size=6)


def _entries(folder: Path, tree: dict[str, bytes]) -> list[TarEntry]:
    entries = []
    for number, (name, data) in enumerate(tree.items()):
        source = folder / str(number)
        source.write_bytes(data)
        entries.append(TarEntry(f"m/{name}", source, len(data)))
    return [TarEntry("m"), *entries]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_trees, st.randoms(), st.integers(0, 2**31), st.sampled_from([0o600, 0o644, 0o755]))
def test_bytes_depend_on_names_and_contents_only(
    tmp_path: Path, tree: dict[str, bytes], random: Random, time: int, mode: int
) -> None:
    """
    Order, times and modes of the files do not matter.
    """
    entries = _entries(tmp_path, tree)
    before = b"".join(tar_chunks(entries))
    random.shuffle(entries)
    for entry in entries:
        if isinstance(entry.source, Path):
            entry.source.chmod(mode)
            os.utime(entry.source, (time, time))

    assert before == b"".join(tar_chunks(entries))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_trees)
def test_others_read_what_was_put_in(tmp_path: Path, tree: dict[str, bytes]) -> None:
    """
    Python's own reader finds every name and every byte, long and non-ASCII names included.
    """
    stream = io.BytesIO(b"".join(tar_chunks(_entries(tmp_path, tree))))

    with tarfile.open(fileobj=stream) as archive:
        found = {entry.name: entry for entry in archive}
        contents = {
            name.removeprefix("m/"): content.read()
            for name, entry in found.items()
            if (content := archive.extractfile(entry))
        }
    assert tree == contents
    assert [found["m"].mode, *{entry.mode for entry in found.values() if entry.isreg()}] == [0o755, 0o644]
    assert {(0, 0, 0)} == {(entry.mtime, entry.uid, entry.gid) for entry in found.values()}


def test_the_bytes_stay_the_same_over_releases(tmp_path: Path) -> None:
    """
    One golden digest: a change here would give every registered model a new one.
    """
    entries = _entries(tmp_path, {"ridge.pkl": b"weights", "é" * 60: b"x" * 513, "long/" + "n" * 120: b""})

    assert (
        digest_of(b"".join(tar_chunks(entries)))
        == "sha256:877c8c3d6dbdbaaaec737bdbc8d22756027f9310a34cab81921dee0fea83d970"
    )


def test_entries_beyond_eight_gibibytes_are_stated(tmp_path: Path) -> None:
    """
    A size that ustar cannot state goes into a pax header.
    """
    source = tmp_path / "big"
    source.touch()
    os.truncate(source, 9 << 30)  # sparse: takes no room
    head = b"".join(islice(tar_chunks([TarEntry("m/big", source, 9 << 30)]), 3))

    with tarfile.open(fileobj=io.BytesIO(head)) as archive:
        entry = archive.next()
    assert entry is not None
    assert (entry.name, entry.size) == ("m/big", 9 << 30)


@pytest.mark.parametrize("data", [b"shorter", b"longer than it was at first"])
def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path, data: bytes) -> None:
    """
    Another size than announced is an error that names the file.
    """
    source = tmp_path / "weights"
    source.write_bytes(b"ten bytes.")
    chunks = tar_chunks([TarEntry("m/weights", source, 10)])
    source.write_bytes(data)

    with pytest.raises(SourceChangedError, match="weights changed while it was read"):
        b"".join(chunks)
