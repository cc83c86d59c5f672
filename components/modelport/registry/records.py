"""How a store lists registered models: one entry per version, named ``models/<name>:<number>``."""

from collections.abc import Iterator

from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutIndex

DIGEST_ANNOTATION = "vnd.modelport.model.digest"
"""On an entry: the digest of the content, so that looking one up opens no record."""
_PREFIX = "models/"


def reference_name(name: str, number: int) -> str:
    """Name the entry of version *number* of *name*."""
    return f"{_PREFIX}{name}:{number}"


def numbered(index: LayoutIndex) -> Iterator[tuple[str, int]]:
    """Give name and number of every version that is listed."""
    for reference in index.names(_PREFIX):
        name, _, number = reference.removeprefix(_PREFIX).rpartition(":")
        if number.isdecimal():
            yield name, int(number)


def records_of(index: LayoutIndex, name: str) -> dict[int, Descriptor]:
    """Give the records of *name* by number, the newest first."""
    prefix = reference_name(name, 0).removesuffix("0")
    found = {reference.removeprefix(prefix): record for reference, record in index.names(prefix).items()}
    numbers = sorted((int(number) for number in found if number.isdecimal()), reverse=True)
    return {number: found[str(number)] for number in numbers}
