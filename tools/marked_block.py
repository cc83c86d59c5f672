"""The generated part of a page: what stands between two markers is written by a program, the rest by people."""

from pathlib import Path


class NoSuchBlockError(Exception):
    """The page lacks the markers of a block."""


def block_of(text: str, name: str) -> str:
    """Return what stands between the markers of *name* in *text*. Raises `NoSuchBlockError`."""
    return _split(text, name)[1].strip("\n")


def with_block(text: str, name: str, content: str) -> str:
    """Return *text* with *content* between the markers of *name*. Raises `NoSuchBlockError`."""
    before, _, after = _split(text, name)
    return f"{before}\n{content}\n{after}"


def write_block(page: Path, name: str, content: str) -> None:
    """Put *content* between the markers of *name* in *page*. Raises `NoSuchBlockError`."""
    text = with_block(page.read_text(encoding="utf-8"), name, content)
    temporary = page.with_suffix(".writing")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(page)


def _split(text: str, name: str) -> tuple[str, str, str]:
    """Cut *text* behind the first and before the last marker of *name*."""
    start, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, found_start, rest = text.partition(f"{start}\n")
    content, found_end, after = rest.partition(end)
    if not found_start or not found_end:
        msg = f"no lines {start!r} and {end!r}: the page has no place for {name!r}"
        raise NoSuchBlockError(msg)
    return before + start, content, found_end + after
