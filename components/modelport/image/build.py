"""A finished build, as it lies on disk: one folder per content key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modelport.errors import ModelportError
from modelport.image.platforms import parse_platform
from modelport.workspace import Workspace

if TYPE_CHECKING:
    from modelport.image.build_plan import BuildPlan

BUILD_FILE: Final = "build.json"
SCHEMA: Final = 1


@dataclass(frozen=True)
class Build:
    """The files an image would hold, and what a service needs to run them."""

    folder: Path
    content_key: str
    environment_key: str
    platform: str
    entry_script: str | None
    """Relative to `app`; ``None`` when the models are served without one."""
    models: tuple[tuple[str, str], ...]
    """Name and content digest of each."""
    environment_variables: Mapping[str, str]

    @property
    def app(self) -> Path:
        """The script's folder."""
        return self.folder / "app"

    @property
    def runtime(self) -> Path:
        """What goes onto the import path to import the runtime."""
        return self.folder / "runtime"

    def model(self, name: str) -> Path:
        """Name the folder with the files of the model *name*."""
        return self.folder / "models" / name


def load_build(workspace: Workspace, content_key: str) -> Build:
    """Read the build named *content_key*; raises `ModelportError` when it is missing or damaged."""
    return _read(workspace.builds / content_key, content_key)


def is_whole(content_key: str, folder: Path) -> bool:
    """Say whether *folder* holds the whole build named *content_key*."""
    try:
        _read(folder, content_key)
    except ModelportError:
        return False
    return True


def build_document(plan: "BuildPlan") -> dict[str, object]:
    """Write down what `load_build` reads."""
    return {
        "schema": SCHEMA,
        "contentKey": plan.content_key,
        "environmentKey": plan.environment.key,
        "platform": str(plan.request.platform),
        "entryScript": plan.entry_script,
        "models": [{"name": each.name, "digest": each.digest} for each in plan.request.models],
        "environmentVariables": dict(plan.request.environment_variables),
    }


def _read(folder: Path, content_key: str) -> Build:
    shown = f"build {content_key[:12]}"
    try:
        document = json.loads((folder / BUILD_FILE).read_text(encoding="utf-8"))
        built = _build(folder, document)
    except FileNotFoundError:
        msg = f"{shown} is not there: run `pulumi up` to make it again"
        raise ModelportError(msg) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ModelportError) as error:
        msg = f"{shown} is damaged ({BUILD_FILE}: {error!r}): remove its folder and run `pulumi up` to make it again"
        raise ModelportError(msg) from None
    missing = [path for path in (built.app, built.runtime, *map(built.model, dict(built.models))) if not path.exists()]
    if missing or built.content_key != content_key:
        cause = f"{missing[0].name!r} is missing" if missing else f"{BUILD_FILE} is of {built.content_key[:12]}"
        msg = f"{shown} is damaged ({cause}): remove its folder and run `pulumi up` to make it again"
        raise ModelportError(msg)
    return built


def _build(folder: Path, document: Mapping[str, Any]) -> Build:
    if document["schema"] != SCHEMA:
        msg = f"schema {document['schema']!r} is not {SCHEMA}"
        raise ValueError(msg)
    return Build(
        folder,
        content_key=document["contentKey"],
        environment_key=document["environmentKey"],
        platform=str(parse_platform(document["platform"])),
        entry_script=document["entryScript"],
        models=tuple((each["name"], each["digest"]) for each in document["models"]),
        environment_variables=dict(document["environmentVariables"]),
    )
