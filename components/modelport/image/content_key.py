"""The content key: a name for what an image would hold, known before anything is built."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from modelport.image.canonical import digest_of
from modelport.image.lock import LockedPackage
from modelport.image.script_files import ScriptFile

SCHEMA: Final = 1
"""Raised when what goes into a key changes, so that an old key never stands for new files."""

UNLOCKED: Final = "unlocked"
"""Stands for the base digest as long as no image was built: process mode needs no base."""


@dataclass(frozen=True)
class ImageContent:
    """
    All that makes one image differ from another, and nothing else.

    No time, absolute path, owner or model version: they differ between clones and stores that hold the same files.
    Nor what a service decides (workers, timeouts, keys, log level): those change without a build.
    """

    platform: str
    runtime_digest: str
    dependencies: Iterable[LockedPackage] = ()
    models: Iterable[tuple[str, str]] = ()
    """Name and content digest of each model."""
    script: Iterable[ScriptFile] = ()
    entry_script: str | None = None
    """Relative to the script's folder."""
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    interpreter_path: str | None = None
    """Of the base's own Python, when its packages are used."""
    accelerator: str | None = None
    dockerfile: str | None = None
    """Text of the user's own part of it."""
    base_digest: str = UNLOCKED


def content_key(content: ImageContent) -> str:
    """Hash *content*: 64 hexadecimal digits, the same whatever the order of dependencies, models and files."""
    # Left out where they are not given, so that the keys of images without them stay as they are.
    seldom = {
        "interpreterPath": content.interpreter_path,
        "accelerator": content.accelerator,
        "dockerfile": content.dockerfile,
    }
    given = {name: value for name, value in seldom.items() if value}
    return digest_of(
        {
            "schema": SCHEMA,
            "base": content.base_digest,
            "platform": content.platform,
            "runtime": content.runtime_digest,
            "dependencies": sorted([each.name, each.version, sorted(each.hashes)] for each in content.dependencies),
            "models": sorted([name, digest] for name, digest in content.models),
            "script": sorted([each.path, each.mode, each.digest] for each in content.script),
            "entryScript": content.entry_script,
            "settings": {"environmentVariables": dict(content.environment_variables), **given},
        }
    )
