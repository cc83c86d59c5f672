"""Writing the lock: merged under a file lock, replaced atomically."""

import fcntl
from collections.abc import Iterable, Mapping
from typing import Final

from modelport.files import replace_file
from modelport.image.base import LockedBase
from modelport.image.lock import Lock, LockedEnvironment, LockError, read_lock, render_lock
from modelport.workspace import Workspace

_MODE: Final = 0o644
"""The lock is committed and holds nothing secret; the temporary file it comes from would be private."""


def merge_lock(
    workspace: Workspace, additions: Mapping[str, LockedEnvironment], bases: Iterable[LockedBase] = ()
) -> Lock:
    """
    Put *additions* and *bases* into the project's lock and return the whole.

    Platforms of the same requirements are kept, with the layers of those whose packages stay; other requirements
    replace the entry. Two writers at once lose nothing. An unchanged lock is not written. Raises `LockError`; then the
    lock is as it was.
    """
    try:
        return _merge(workspace, additions, bases)
    except OSError as error:
        msg = f"{workspace.lock_file.name} cannot be written: {error.strerror or error}; free space or mend its folder"
        raise LockError(msg) from error


def _merge(workspace: Workspace, additions: Mapping[str, LockedEnvironment], bases: Iterable[LockedBase]) -> Lock:
    workspace.folder.mkdir(parents=True, exist_ok=True)
    with (workspace.folder / "lock.guard").open("w", encoding="utf-8") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        current = read_lock(workspace.lock_file)
        environments = {name: _merged(current, name, additions[name]) for name in additions}
        merged = Lock(
            {**current.environments, **environments},
            {**current.bases, **{base.lock_key: base for base in bases}},
        )
        if merged != current:
            replace_file(workspace.lock_file, render_lock(merged), _MODE)
    return merged


def _merged(current: Lock, name: str, addition: LockedEnvironment) -> LockedEnvironment:
    before = current.environments.get(name)
    if before is None or before.requires != addition.requires:
        return addition
    platforms = {**before.platforms, **addition.platforms}
    kept = {name: each for name, each in before.layers.items() if before.platforms.get(name) == platforms.get(name)}
    return LockedEnvironment(addition.requires, platforms, {**kept, **addition.layers})
