"""Where an image goes, and under which names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from modelport.errors import InputError
from modelport.image.image_sizes import size_problem
from modelport.store.reference import LAYOUT, StoreLocation

_NAME: Final = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*", re.ASCII)
_NAME_LENGTH: Final = 128
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?", re.ASCII)
_SIZE_LIMIT: Final = "sizeLimitMb"
_KEY: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Destination:
    """The repository of an image, a tag for people, and the bound on its size."""

    store: StoreLocation
    repository: str
    """Without `images/`."""
    tag: str | None = None
    """Beside the content key; default: the commit and the beginning of the key."""
    size_limit_mb: float | None = None
    pull_host: str | None = None
    """Host that clusters and containers pull from, where it is another than the one that is written to."""

    def problems(self) -> Iterator[InputError]:
        """Find what no registry would take."""
        if len(self.repository) > _NAME_LENGTH or not _NAME.fullmatch(self.repository):
            reason = f"{self.repository!r} is not allowed: lowercase letters and digits, with '.', '_' or '-' between"
            yield InputError("repository", reason)
        if self.tag is not None and (not _TAG.fullmatch(self.tag) or _KEY.fullmatch(self.tag)):
            reason = f"{self.tag!r} is not allowed: 1 to 128 letters, digits, '_', '.' or '-', and no content key"
            yield InputError("tag", reason)
        if self.size_limit_mb is not None and self.size_limit_mb <= 0:
            yield InputError(_SIZE_LIMIT, f"{self.size_limit_mb:g} is no size: write megabytes above 0")
        if self.pull_host is not None and not _HOST.fullmatch(self.pull_host):
            yield InputError("pullHost", f"{self.pull_host!r} is no host: write one such as registry.example.com")

    def tags(self, content_key: str, revision: str | None) -> list[str]:
        """List the tags of an image, the one that it is found by first."""
        made = f"{revision[:7]}-{content_key[:12]}" if revision else None
        named = self.tag or made
        return [content_key, named] if named else [content_key]

    def check_size(self, name: str, sizes: Mapping[str, int]) -> None:
        """Raise `InputError` when an image of *sizes* is too large."""
        if problem := size_problem(name, sizes, self.size_limit_mb):
            raise InputError(_SIZE_LIMIT, problem)

    def pull_reference(self, digest: str) -> str | None:
        """Write what a cluster or daemon pulls; ``None`` for a folder, which nobody can pull from."""
        if self.store.scheme == LAYOUT:
            return None
        host, _, prefix = self.store.place.partition("/")
        parts = (self.pull_host or host, prefix, "images", self.repository)
        return f"{'/'.join(part for part in parts if part)}@{digest}"
