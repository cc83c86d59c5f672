"""Headers, arguments and files of a request, as scripts read them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any


class Values(Mapping[str, Any]):
    """Names with one or more values each; the first counts unless a list is asked for."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        self._lists: dict[str, list[Any]] = {}
        for name, value in pairs:
            self._lists.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  texts or files
        return self._lists[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)

    def get(self, name: str, default: Any = None, type: Callable[[Any], Any] | None = None) -> Any:  # noqa: A002, ANN401  as scripts call it
        """Give the first value, made a *type*; *default* when there is none or it cannot be made one."""
        if name not in self._lists:
            return default
        try:
            return self[name] if type is None else type(self[name])
        except (ValueError, TypeError):
            return default

    def getlist(self, name: str) -> list[Any]:
        """Give all values of *name*."""
        return list(self._lists.get(name, ()))

    def to_dict(self, flat: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002  as scripts call it
        """Give a plain dictionary: of first values, or (*flat* false) of lists."""
        return dict(self) if flat else {name: list(values) for name, values in self._lists.items()}


class Headers:
    """Header fields, found whatever the case of their names; iterating gives pairs."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((name.title(), value) for name, value in self._fields.items())

    def __len__(self) -> int:
        return len(self._fields)

    def get(self, name: str, default: Any = None, type: Callable[[str], Any] | None = None) -> Any:  # noqa: A002, ANN401  as scripts call it
        """Give a value, made a *type*; *default* when there is none or it cannot be made one."""
        if name not in self:
            return default
        try:
            return self[name] if type is None else type(self[name])
        except (ValueError, TypeError):
            return default

    def keys(self) -> list[str]:
        """Give the names, in title case."""
        return [name for name, _ in self]

    def values(self) -> list[str]:
        """Give the values."""
        return [value for _, value in self]

    def items(self) -> list[tuple[str, str]]:
        """Give names and values."""
        return list(self)


class UploadedFile:
    """A file of a form."""

    def __init__(self, name: str, filename: str, content_type: str, data: bytes) -> None:
        self.name = name
        self.filename = filename
        self.content_type = content_type
        self.mimetype = content_type.partition(";")[0].strip().lower()
        self.stream = BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        """Read up to *size* bytes; all of them when negative."""
        return self.stream.read(size)

    def save(self, destination: str | Path) -> None:
        """Write the rest of it to a file."""
        Path(destination).write_bytes(self.stream.read())
