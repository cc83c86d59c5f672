"""Holds a model's files against the digests that they were registered with, before anything reads them."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modelport_scoring.errors import StartError
from modelport_scoring.model.catalog import files_below

CHUNK: Final = 1 << 20
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Digests:
    """Digests of files by their path below *root*, the folder of all models."""

    def __init__(self, root: Path, expected: Mapping[str, str]) -> None:
        self._root = root
        self._expected = expected

    @classmethod
    def read(cls, root: Path, file: Path) -> "Digests":
        """Read *file*, a JSON object of path to ``sha256:<hex>``. Raises `StartError`."""
        try:
            content = json.loads(file.read_bytes())
        except (OSError, ValueError) as error:
            msg = f"{file} is no list of digests: {error}"
            raise StartError(msg) from error
        if not isinstance(content, dict) or not all(DIGEST.fullmatch(str(digest)) for digest in content.values()):
            msg = f"{file} is no list of digests: it must be an object of path to sha256:<64 hexadecimal digits>"
            raise StartError(msg)
        return cls(root, content)

    def check(self, folder: Path) -> None:
        """Raise `StartError` unless the files in *folder* are those that are listed: no other, none missing."""
        below = folder.relative_to(self._root).as_posix()
        listed = {path for path in self._expected if below == "." or path.startswith(f"{below}/")}
        found = {path.relative_to(self._root).as_posix() for path in files_below(folder)}
        for problem, paths in (("is missing", listed - found), ("is not in the list of digests", found - listed)):
            if paths:
                msg = f"{min(paths)} {problem}: the model is not what was registered"
                raise StartError(msg)
        for path in sorted(found):
            digest = digest_of(self._root / path)
            if digest != self._expected[path]:
                msg = f"{path} has the digest {digest}, expected {self._expected[path]}: it is not what was registered"
                raise StartError(msg)


def check_digests(folder: Path, file: Path | None) -> None:
    """Hold all models in *folder* against the list *file*, where there is one. Raises `StartError`."""
    if file is not None:
        Digests.read(folder, file).check(folder)


def digest_of(path: Path) -> str:
    """Give ``sha256:<hex>`` of the bytes of *path*."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"
