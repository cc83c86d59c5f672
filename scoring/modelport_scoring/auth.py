"""Who may score: holders of one of two keys."""

import hashlib
import hmac
import json
import logging
import os
import re
from pathlib import Path
from typing import Final

from modelport_scoring.errors import StartError

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_log = logging.getLogger(__name__)


class Keys:
    """
    The two keys of a `modelport_scoring.wire.KeysFile`, re-read as soon as the file was replaced.

    A changed file that cannot be read leaves the keys as they were, and says so in the log.
    """

    def __init__(self, path: Path) -> None:
        """Raise `StartError` when *path* is no keys file."""
        self._path = path
        self._has_failed = False
        try:
            self._stamp = self._stamp_now()
            self._digests = _read(path)
        except (OSError, ValueError) as error:
            msg = f"the keys file {path} cannot be used ({error}); write a JSON object of two sha256 digests"
            raise StartError(msg) from error

    def allows(self, authorization: str | None) -> bool:
        """Say whether the value of an ``Authorization`` header holds a key, without telling how nearly."""
        self._refresh()
        scheme, _, key = (authorization or "").partition(" ")
        digest = hashlib.sha256(key.strip().encode("latin-1", "replace")).hexdigest()
        matches = [hmac.compare_digest(digest, known) for known in self._digests]  # always both
        return scheme.lower() == "bearer" and any(matches)

    def _refresh(self) -> None:
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._digests = _read(self._path)
                # The stamp of before reading, and only after it: what failed is tried again at the next request.
                self._stamp, self._has_failed = stamp, False
        except (OSError, ValueError) as error:
            if not self._has_failed:
                _log.warning("the keys stay as they were: %s cannot be read (%s)", self._path, error)
            self._has_failed = True

    def _stamp_now(self) -> tuple[int, int, int]:
        found = os.stat(self._path)  # noqa: PTH116  on every request: a Path is twice as slow
        return found.st_mtime_ns, found.st_ino, found.st_size


def _read(path: Path) -> tuple[str, str]:
    document = json.loads(path.read_bytes())
    fields = document if isinstance(document, dict) else {}
    return _digest(fields, "primary"), _digest(fields, "secondary")


def _digest(fields: dict[str, object], name: str) -> str:
    digest = fields.get(name)
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        msg = f"{name!r} must be a sha256 digest: 64 characters of 0-9 and a-f"
        raise ValueError(msg)
    return digest
