"""The path that a request names."""

import contextlib
from urllib.parse import unquote

import httptools


def path_of(target: bytes) -> str:
    """Give the decoded path of a request's *target*, which may be a whole URL."""
    path = target.partition(b"?")[0]
    if not path.startswith(b"/"):
        with contextlib.suppress(httptools.HttpParserInvalidURLError):  # such as `*`: no route is called that
            path = httptools.parse_url(target).path or b"/"
    return unquote(path.decode("latin-1")) if b"%" in path else path.decode("latin-1")


def query_of(target: bytes) -> bytes:
    """Give what stands behind the question mark, as it was sent."""
    return target.partition(b"?")[2]
