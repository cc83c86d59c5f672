"""What the command line does: read settings, load, serve."""

import gc
import os
import socket
import sys
import traceback
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from modelport_scoring import logs, wire
from modelport_scoring.alarm import Alarm
from modelport_scoring.app import App
from modelport_scoring.auth import Keys
from modelport_scoring.control import Control
from modelport_scoring.cors import Cors
from modelport_scoring.described import Described
from modelport_scoring.envelope import Envelope
from modelport_scoring.errors import SettingsError, StartError
from modelport_scoring.http.endpoint import Endpoint
from modelport_scoring.main_thread import MainThread
from modelport_scoring.model.digests import check_digests
from modelport_scoring.no_code import serve_models
from modelport_scoring.route import FindRoute, no_route
from modelport_scoring.scorer import Scorer
from modelport_scoring.scoring import Scoring
from modelport_scoring.script import load_script
from modelport_scoring.server import Server, import_early
from modelport_scoring.settings import Settings, read_settings

LISTED_LINES: Final = 200
BACKLOG: Final = 2048


def run(arguments: Sequence[str]) -> int:
    """Serve as *arguments* and the environment say; return the exit code."""
    logs.configure()
    try:
        settings = read_settings(arguments, os.environ, Path.cwd())
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return wire.EXIT_START_FAILED
    if settings.worker_count > 1 and settings.listen_descriptor is None:
        return _supervise(settings, arguments)
    return _serve(settings)


def _serve(settings: Settings) -> int:
    control = None if settings.control_descriptor is None else Control(settings.control_descriptor)
    if control is not None:
        control.end_with_supervisor(settings.drain_timeout_s)
    if settings.listen_descriptor is not None:
        os.set_inheritable(settings.listen_descriptor, False)  # processes of a script must not hold the port
    import_early()
    try:
        limits = {"idle_grace_s": settings.idle_grace_s, "drain_timeout_s": settings.drain_timeout_s}
        app, endpoint = _load(settings)
        server = Server(app, endpoint, control, **limits)
        listener = _listener(settings)
    except StartError as error:
        _report(error, settings.model_dir)
        if control is not None:
            control.say({"state": "failed", "reason": str(error)})
        return wire.EXIT_START_FAILED
    if control is not None and not _admitted(control):
        return 0
    gc.collect()
    gc.freeze()  # what was loaded stays: the collector need not walk through it again, a request at a time
    server.run(sockets=[listener])
    return 0


def _load(settings: Settings) -> tuple[App, Endpoint]:
    keys = None if settings.keys_file is None else Keys(settings.keys_file)
    scorer, find_route = _scorer(settings)
    cors = Cors(settings.cors_origins) if settings.cors_origins else None
    envelope = Envelope(version=settings.server_version, cors=cors)
    alarm = Alarm(settings.limits.scoring_timeout_ms)
    alarm.install()
    scoring = Scoring(scorer, keys, envelope, settings.limits, alarm)
    described = Described(
        scorer.schema,
        settings.app_root,
        name=settings.service_name,
        version=settings.service_version,
        prefix=settings.service_path_prefix,
    )
    app = App(scorer.methods, described, envelope, keys, find_route)
    return app, Endpoint(scoring, MainThread(settings.limits), envelope, settings.limits, find_route=find_route)


def _scorer(settings: Settings) -> tuple[Scorer, FindRoute]:
    if settings.entry_script is not None:
        if settings.model_dir is not None:
            os.environ[wire.MODEL_DIR] = str(settings.model_dir)  # the script reads it; the flag wins
            check_digests(settings.model_dir, settings.models.digests_file)
        os.environ.setdefault(wire.APP_ROOT, str(settings.app_root))
        return load_script(settings.entry_script, settings.app_root, settings.source_directory), no_route
    if settings.model_dir is None:
        msg = f"nothing to serve: give --entry_script ({wire.ENTRY_SCRIPT}) or --model_dir ({wire.MODEL_DIR})"
        raise StartError(msg)
    return serve_models(
        settings.model_dir, settings.models, name=settings.service_name, version=settings.service_version
    )


def _listener(settings: Settings) -> socket.socket:
    if settings.listen_descriptor is not None:
        return socket.socket(fileno=settings.listen_descriptor)
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    try:
        return socket.create_server((settings.address, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"cannot listen on port {settings.port} of {settings.address}: {error.strerror or error}"
        raise StartError(msg) from error


def _admitted(control: Control) -> bool:
    """Say ready, and wait until the supervisor lets us accept; False when it does not want us any more."""
    control.say({"state": "ready"})
    said = control.hear()
    return said is not None and said["command"] == "serve"


def _report(error: StartError, model_dir: Path | None) -> None:
    """Write the traceback, the model's files and, last, the reason in one line."""
    sys.stdout.flush()
    if error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
    if model_dir is not None:
        sys.stderr.write(f"{model_dir} holds:\n")
        sys.stderr.writelines(f"  {line}\n" for line in islice(_files_below(model_dir), LISTED_LINES))
    sys.stderr.write(f"{error}\n")
    sys.stderr.flush()


def _files_below(folder: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        yield from (str(Path(parent, name).relative_to(folder)) for name in sorted(names))


def _supervise(settings: Settings, arguments: Sequence[str]) -> int:
    """Run several workers under a supervisor of their own."""
    from modelport_scoring.supervisor.__main__ import supervise  # noqa: PLC0415  one worker needs none
    from modelport_scoring.supervisor.image import spec_of  # noqa: PLC0415  the same
    from modelport_scoring.supervisor.status import NoStatus  # noqa: PLC0415  the same

    command = [sys.executable, "-P", "-m", "modelport_scoring", *arguments]
    environment, directory = dict(os.environ), Path.cwd()
    return supervise(lambda generation: spec_of(settings, command, environment, directory, generation), NoStatus())
