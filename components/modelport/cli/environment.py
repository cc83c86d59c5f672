"""The environment that the Pulumi engine is started with."""

import os
import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from modelport.cli.project import Project
from modelport.cli.settings import is_local
from modelport.cli.stack_file import has_own_secrets
from modelport.errors import ModelportError
from modelport.workspace import Workspace

PASSPHRASE_NAMES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
STACK_FILE = "MODELPORT_STACK_FILE"
"""Path of the tracked stack file, for what the engine does not tell the program: which leaf is secret."""
DEFAULTS = {"PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_ERROR_OUTPUT_STRING": "true"}
STATE_FORMATS = ("PULUMI_DIY_BACKEND_", "PULUMI_SELF_MANAGED_STATE_")


def engine_environment(project: Project, stack: str, environ: Mapping[str, str]) -> dict[str, str]:
    """
    Build the engine's environment for *stack* on top of the user's own *environ*.

    Whoever has chosen a backend (`PULUMI_BACKEND_URL`, or `backend:` in the project file) keeps it, with its passphrase
    and login. Everyone else gets the embedded one: a folder, and a random passphrase.
    Raises `ModelportError` when the passphrase cannot be had.
    """
    environment = {**DEFAULTS, **environ, **backend_environment(project, environ)}
    environment["PATH"] = search_path(project.workspace, environ.get("PATH", os.defpath))
    environment[STACK_FILE] = str(project.stack_file(stack))
    if is_local(project, stack):  # every installed SDK would have its plugin fetched, needed or not
        environment.setdefault("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
    backend = chosen_backend(project, environ)
    if backend is None:
        _embed(project, stack, environment)
    if backend is None or not backend.startswith("http"):  # a hosted backend's login lies in the user's own folder
        environment.setdefault("PULUMI_HOME", str(cache_folder() / "pulumi"))
        environment.setdefault("PULUMI_CREDENTIAL_STORE", "plaintext")
    return environment


def chosen_backend(project: Project, environ: Mapping[str, str]) -> str | None:
    """Address of the backend that the user chose; ``None`` for the embedded one. A login is no choice."""
    return environ.get("PULUMI_BACKEND_URL") or project.backend


def backend_environment(project: Project, environ: Mapping[str, str]) -> dict[str, str]:
    """Give the part of the engine's environment that says where states are; nothing where the project file does."""
    if environ.get("PULUMI_BACKEND_URL"):
        return {"PULUMI_BACKEND_URL": environ["PULUMI_BACKEND_URL"]}
    return {} if project.backend else {"PULUMI_BACKEND_URL": state_folder(project.workspace).as_uri()}


def state_folder(workspace: Workspace) -> Path:
    """Folder of the embedded backend."""
    return workspace.folder / "state"


def search_path(workspace: Workspace, path: str) -> str:
    """*path* with this interpreter's scripts first: the language host runs the first `python` that it finds."""
    return os.pathsep.join((str(Path(sys.executable).parent), str(workspace.folder / "bin"), path))


def cache_folder() -> Path:
    """Modelport's folder in the user's cache."""
    import platformdirs  # noqa: PLC0415 - most tests of this module and every --help do without

    return Path(platformdirs.user_cache_dir("modelport"))


def passphrase_file(workspace: Workspace) -> Path:
    """
    Path of the embedded backend's passphrase; made at first.

    Raises `ModelportError` when the file is gone while a state still needs it.
    """
    file = workspace.folder / "passphrase"
    if file.exists():
        file.chmod(0o600)  # a copied clone may have widened it
        return file
    if any(state_folder(workspace).glob(".pulumi/stacks/*/*.json")):
        msg = (
            f"{file} is gone, and the state in {state_folder(workspace)} is encrypted with it; "
            f"put it back, or set {PASSPHRASE_NAMES[0]}"
        )
        raise ModelportError(msg)
    _write_once(file, secrets.token_urlsafe(32))
    return file


def _embed(project: Project, stack: str, environment: dict[str, str]) -> None:
    """Point *environment* to the embedded backend."""
    state_folder(project.workspace).mkdir(parents=True, exist_ok=True)
    for name in [name for name in environment if name.startswith(STATE_FORMATS)]:
        del environment[name]  # what is read after a kill must be plain JSON
    if any(name in environment for name in PASSPHRASE_NAMES):
        return
    settings = project.stack_file(stack)
    if (
        settings.exists()
        and has_own_secrets(text := settings.read_text(encoding="utf-8"))
        and "encryptionsalt:" in text
    ):
        msg = f"{settings.name} holds values encrypted with a passphrase: set {' or '.join(PASSPHRASE_NAMES)} to it"
        raise ModelportError(msg)
    environment[PASSPHRASE_NAMES[1]] = str(passphrase_file(project.workspace))


def _write_once(file: Path, content: str) -> None:
    """Write *content* to *file* unless another process was first; never half, never readable by others."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.link(temporary, file)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink()
