"""The spec of a container: everything comes from the environment, nothing is read from or written to a file."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from modelport_scoring import wire
from modelport_scoring.errors import SettingsError
from modelport_scoring.settings import Settings, read_settings
from modelport_scoring.supervisor.cores import whole_cores
from modelport_scoring.supervisor.spec import Spec, SpecError

HOMES: Final = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  whichever the container may write to
_NOTHING: Final = f"nothing to serve: set {wire.ENTRY_SCRIPT} or {wire.MODEL_DIR}"


def image_spec(environment: Mapping[str, str], generation: int = 1) -> Spec:
    """
    Describe the service of the image that this process runs in.

    Raises `SpecError` with everything that is wrong with *environment*.
    """
    root = Path.cwd() / environment.get(wire.APP_ROOT, "")
    problems = list(_missing(environment, root))
    try:
        settings = read_settings([], environment, root, workers=whole_cores())
    except SettingsError as error:
        raise SpecError("; ".join([str(error), *problems]), generation) from error
    if problems:
        raise SpecError("; ".join(problems), generation)
    command = [sys.executable, "-P", "-u", "-m", "modelport_scoring"]
    own = {wire.APP_ROOT: str(root), **_home(environment)}
    return spec_of(settings, command, {**environment, **own}, root, generation)


def spec_of(
    settings: Settings, command: list[str], environment: Mapping[str, str], directory: Path, generation: int
) -> Spec:
    """Describe the service that *settings* ask for; its output goes to the supervisor's own."""
    return Spec(
        generation=generation,
        service=settings.service_name,
        address=settings.address,
        port=settings.port,
        workers=settings.worker_count,
        command=tuple(command),
        environment=environment,
        directory=directory,
        ready_timeout_s=settings.ready_timeout_s,
        drain_timeout_s=settings.drain_timeout_s,
        idle_grace_s=settings.idle_grace_s,
        log=None,
    )


def _missing(environment: Mapping[str, str], root: Path) -> Iterator[str]:
    """Name every path that does not lead where it should."""
    script, model = environment.get(wire.ENTRY_SCRIPT), environment.get(wire.MODEL_DIR)
    keys = environment.get(wire.KEYS_FILE)
    if not root.is_dir():
        yield f"{wire.APP_ROOT} is {str(root)!r}: there is no such folder"
    elif script and not (root / script).is_file():
        yield f"{wire.ENTRY_SCRIPT} is {script!r}: there is no such file below {root}"
    if model and not (root / model).is_dir():
        yield f"{wire.MODEL_DIR} is {model!r}: there is no such folder"
    if keys and not os.access(root / keys, os.R_OK):
        yield f"{wire.KEYS_FILE} is {keys!r}: there is no such file, or this user may not read it"
    if not script and not model:
        yield _NOTHING


def _home(environment: Mapping[str, str]) -> dict[str, str]:
    """Give a home that can be written, where there is one: libraries keep caches there, and any user id may run us."""
    given = environment.get("HOME", "")
    if given not in {"", "/"} and os.access(given, os.W_OK):
        return {}
    places = (environment.get("TMPDIR", ""), *HOMES)
    return next(({"HOME": place} for place in places if place and os.access(place, os.W_OK)), {})
