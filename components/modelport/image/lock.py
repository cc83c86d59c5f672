"""
The dependency lock: `modelport.lock`, committed, one entry per image and platform.

JSON with sorted keys, an indent of 2 and a last newline: two writers of the same facts write the same bytes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from modelport.errors import ModelportError
from modelport.image.base import LockedBase
from modelport.image.lock_bases import bases_document, read_bases

VERSION: Final = 1
WAY_OUT: Final = "run `modelport lock`"

_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}")


class LockError(ModelportError):
    """The lock cannot be used as it stands."""


class EnvironmentNotLockedError(LockError):
    """The lock has no entry for an image."""


class PlatformNotLockedError(LockError):
    """The lock has an entry for an image, but not for this platform."""


class LockOutOfDateError(LockError):
    """The lock was written for other requirements."""


@dataclass(frozen=True, order=True)
class LockedPackage:
    """One package at one version; *hashes* (``sha256:...``, sorted) are the files that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class LockedLayer:
    """The image layer with the packages of one platform: digests (``sha256:...``) and *size* in bytes, compressed."""

    digest: str
    diff_id: str
    """Digest of the uncompressed tar."""
    size: int
    made_by: str
    """The compressor and the installer, each with its version: others may give other bytes."""


@dataclass(frozen=True)
class LockedEnvironment:
    """What one image asks for, and what that is on each platform (``linux/amd64 cp311``)."""

    requires: tuple[str, ...]
    platforms: Mapping[str, tuple[LockedPackage, ...]] = field(default_factory=dict)
    layers: Mapping[str, LockedLayer] = field(default_factory=dict)
    """For the platforms that an image was built for; each is of the packages locked beside it."""


@dataclass(frozen=True)
class Lock:
    """The whole lock: environments by image name, and bases."""

    environments: Mapping[str, LockedEnvironment] = field(default_factory=dict)
    bases: Mapping[str, LockedBase] = field(default_factory=dict)
    """By `LockedBase.lock_key`."""

    def entry(self, environment: str, requires: Sequence[str], platform: str) -> tuple[LockedPackage, ...]:
        """
        Find the packages of *environment* on *platform*.

        Raises `EnvironmentNotLockedError`, `PlatformNotLockedError`, or `LockOutOfDateError` when *requires* is not
        what was locked.
        """
        locked = self.environments.get(environment)
        if locked is None:
            msg = f"modelport.lock has no entry for {environment!r}: {WAY_OUT} and commit the file"
            raise EnvironmentNotLockedError(msg)
        if sorted(locked.requires) != sorted(requires):
            raise LockOutOfDateError(_out_of_date(environment, set(locked.requires), set(requires)))
        if platform not in locked.platforms:
            has = ", ".join(sorted(locked.platforms)) or "none"
            way_out = f"run `modelport lock --platform '{platform}'` and commit the file"
            msg = f"modelport.lock has no entry for {environment!r} on {platform} (it has {has}): {way_out}"
            raise PlatformNotLockedError(msg)
        return locked.platforms[platform]

    def layer(self, environment: str, platform: str) -> LockedLayer | None:
        """Find the image layer of *environment* on *platform*, if an image was ever built."""
        locked = self.environments.get(environment)
        return locked.layers.get(platform) if locked else None


def read_lock(path: Path) -> Lock:
    """
    Read the lock at *path*; a missing file is an empty lock.

    Raises `LockError` when the file is no lock, has another version, or was edited by hand.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Lock()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path.name} cannot be read: {error}; restore it from version control, or remove it and {WAY_OUT}"
        raise LockError(msg) from None
    lock = parse_lock(text, path.name)
    if render_lock(lock) != text:
        msg = f"{path.name} was edited by hand (or by a formatter): restore it from version control, or {WAY_OUT}"
        raise LockError(msg)
    return lock


def parse_lock(text: str, name: str) -> Lock:
    """Read the *text* of a lock; *name* is for the errors."""
    try:
        document = json.loads(text)
    except ValueError:
        cause = "has merge conflicts in it" if "<<<<<<<" in text else "is not JSON"
        msg = f"{name} {cause}: restore it from version control, or remove it and {WAY_OUT}"
        raise LockError(msg) from None
    version = document.get("version") if isinstance(document, dict) else None
    if version != VERSION:
        msg = f"{name} has version {version!r}, this Modelport reads {VERSION}: install the Modelport that wrote it"
        raise LockError(msg)
    try:
        return _lock(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"{name} is damaged ({error}): restore it from version control, or remove it and {WAY_OUT}"
        raise LockError(msg) from None


def render_lock(lock: Lock) -> str:
    """Write *lock* as text."""
    document = {
        "version": VERSION,
        "environments": {
            name: {
                "requires": sorted(each.requires),
                "platforms": {
                    platform: [
                        {"name": package.name, "version": package.version, "hashes": sorted(package.hashes)}
                        for package in sorted(packages)
                    ]
                    for platform, packages in each.platforms.items()
                },
                **_layer_documents(each.layers),
            }
            for name, each in lock.environments.items()
        },
        **bases_document(lock.bases),
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _lock(document: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Lock:
    environments = {name: _environment(each) for name, each in document["environments"].items()}
    return Lock(environments, read_bases(document))


def _environment(document: Mapping[str, object]) -> LockedEnvironment:
    requires = cast("list[object]", document["requires"])
    platforms = cast("Mapping[str, list[Mapping[str, object]]]", document["platforms"])
    locked = {platform: tuple(_package(each) for each in packages) for platform, packages in platforms.items()}
    layers = cast("Mapping[str, Mapping[str, object]]", document.get("layers", {}))
    return LockedEnvironment(
        tuple(_text(each) for each in requires), locked, {platform: _layer(each) for platform, each in layers.items()}
    )


def _layer_documents(layers: Mapping[str, LockedLayer]) -> dict[str, object]:
    """Write *layers*; nothing where no image was built, so that such locks stay as they are."""
    documents = {
        platform: {"digest": each.digest, "diffId": each.diff_id, "size": each.size, "madeBy": each.made_by}
        for platform, each in layers.items()
    }
    return {"layers": documents} if documents else {}


def _layer(document: Mapping[str, object]) -> LockedLayer:
    digests = _text(document["digest"]), _text(document["diffId"])
    size = document["size"]
    if not all(map(_SHA256.fullmatch, digests)) or not isinstance(size, int):
        msg = "a layer has no sha256 digests and size"
        raise ValueError(msg)
    return LockedLayer(*digests, size, _text(document["madeBy"]))


def _package(document: Mapping[str, object]) -> LockedPackage:
    hashes = tuple(_text(each) for each in cast("list[object]", document["hashes"]))
    name = _text(document["name"])
    if not hashes or not all(_SHA256.fullmatch(each) for each in hashes):
        msg = f"package {name!r} has no sha256 hashes"
        raise ValueError(msg)
    return LockedPackage(name, _text(document["version"]), hashes)


def _text(value: object) -> str:
    if not isinstance(value, str):
        msg = f"{value!r} is no text"
        raise TypeError(msg)
    return value


def _out_of_date(environment: str, locked: set[str], wanted: set[str]) -> str:
    changes = [f"{each!r} is new" for each in sorted(wanted - locked)]
    changes += [f"{each!r} is gone" for each in sorted(locked - wanted)]
    return f"modelport.lock is out of date for {environment!r} ({', '.join(changes)}): {WAY_OUT} and commit the file"
