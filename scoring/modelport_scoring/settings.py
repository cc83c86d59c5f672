"""What a server is told: by flags, else by the environment. Read once, whole; every wrong value is named."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import modelport_scoring
from modelport_scoring import wire
from modelport_scoring.config_file import with_config_file
from modelport_scoring.errors import SettingsError
from modelport_scoring.limits import BOUNDS, Limits
from modelport_scoring.model.settings import PROVIDERS, SHORT, ModelSettings, providers

T = TypeVar("T")

DRAIN_TIMEOUT_S: Final = 30.0
IDLE_GRACE_S: Final = 5.0
READY_TIMEOUT_S: Final = 3600.0
"""Whoever started a container or a bare server watches it, and has patience of his own."""
PORTS: Final = range(1, 65536)
SERVER: Final = f"modelport/{modelport_scoring.__version__}"


@dataclass(frozen=True)
class Settings:
    """Everything that a server reads from outside."""

    app_root: Path
    source_directory: Path | None
    """Below the app root; modules in it can be imported."""
    entry_script: Path | None
    """Absolute. None: the model is served without a script."""
    model_dir: Path | None
    address: str
    port: int
    worker_count: int
    service_name: str
    service_version: str
    service_path_prefix: str
    cors_origins: tuple[str, ...]
    server_version: str
    """Value of a header in every answer; empty: none."""
    limits: Limits
    keys_file: Path | None
    listen_descriptor: int | None
    control_descriptor: int | None
    idle_grace_s: float
    drain_timeout_s: float
    ready_timeout_s: float
    models: ModelSettings


def read_settings(
    arguments: Sequence[str], environment: Mapping[str, str], directory: Path, *, workers: int = 1
) -> Settings:
    """
    Read command line *arguments*, else *environment*; relative paths start at *directory*. *workers*: unless told.

    Raises `SettingsError` naming every wrong value; a wrong flag ends the process as argparse does.
    """
    flags = vars(_parser().parse_args(arguments))
    environment = with_config_file(environment, flags["config_file"], flags["entry_script"], directory)
    reader = _Reader(flags, environment)
    root = directory / environment.get(wire.APP_ROOT, "")
    script = flags["entry_script"]
    listed = environment.get(wire.ENTRY_SCRIPT)
    entry_script = directory / script if script else (root / listed if listed else None)
    settings = Settings(
        app_root=root,
        source_directory=root / environment[wire.SOURCE_DIRECTORY] if environment.get(wire.SOURCE_DIRECTORY) else None,
        entry_script=entry_script,
        model_dir=reader.path("model_dir", wire.MODEL_DIR, directory),
        address=flags["address"],
        port=reader.number(
            "port", wire.LISTEN_PORT, int, wire.PORT, lambda port: port in PORTS, "a port from 1 to 65535"
        ),
        worker_count=reader.number(
            "worker_count", wire.WORKER_COUNT, int, workers, lambda count: count >= 1, "at least 1"
        ),
        service_name=environment.get(wire.SERVICE_NAME, "ML service"),
        service_version=environment.get(wire.SERVICE_VERSION, "1.0"),
        service_path_prefix=environment.get(wire.SERVICE_PATH_PREFIX, ""),
        cors_origins=_origins(flags["access_control_allow_origins"] or environment.get(wire.CORS_ORIGINS, "")),
        server_version=_server_version(environment),
        limits=reader.limits(),
        keys_file=reader.path("", wire.KEYS_FILE, directory),
        listen_descriptor=reader.descriptor(wire.LISTEN_DESCRIPTOR),
        control_descriptor=reader.descriptor(wire.CONTROL_DESCRIPTOR),
        idle_grace_s=reader.duration(wire.IDLE_GRACE, IDLE_GRACE_S),
        drain_timeout_s=reader.duration(wire.DRAIN_TIMEOUT, DRAIN_TIMEOUT_S),
        ready_timeout_s=reader.duration(wire.READY_TIMEOUT, READY_TIMEOUT_S),
        models=_model_settings(reader, directory),
    )
    reader.finish()
    return settings


def _model_settings(reader: "_Reader", directory: Path) -> ModelSettings:
    at_least_1 = "a whole number, at least 1"
    return ModelSettings(
        onnx_threads=reader.number("", wire.ONNX_THREADS, int, 1, lambda count: count >= 1, at_least_1),
        onnx_providers=reader.number(
            "", wire.ONNX_PROVIDERS, providers, PROVIDERS, bool, f"some of {', '.join(SHORT)}"
        ),
        memory_mb=reader.number("", wire.MODEL_MEMORY, int, 0, lambda size: size >= 1, at_least_1) or None,
        digests_file=reader.path("", wire.MODEL_DIGESTS, directory),
    )


class _Reader:
    """Takes values from flags, else from the environment, and remembers every wrong one."""

    def __init__(self, flags: Mapping[str, str | None], environment: Mapping[str, str]) -> None:
        self._flags = flags
        self._environment = environment
        self._problems: list[str] = []

    def number(
        self, flag: str, name: str, kind: Callable[[str], T], default: T, accepts: Callable[[T], bool], rule: str
    ) -> T:
        text = self._flags.get(flag) or self._environment.get(name)
        if not text:
            return default
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not accepts(value):
            subject = f"--{flag}" if self._flags.get(flag) else name
            self._problems.append(f"{subject} is {text!r}: it must be {rule}")
            return default
        return value

    def limits(self) -> Limits:
        defaults = asdict(Limits())
        given: dict[str, Any] = {
            name: self.number("", bound.variable, type(defaults[name]), defaults[name], bound.accepts, bound.rule)
            for name, bound in BOUNDS.items()
        }
        return Limits(**given)

    def duration(self, name: str, default: float) -> float:
        return self.number("", name, float, default, lambda value: 0 <= value < float("inf"), "seconds from 0")

    def descriptor(self, name: str) -> int | None:
        number = self.number("", name, int, -1, _is_open, "the number of an open descriptor")
        return None if number < 0 else number

    def path(self, flag: str, name: str, directory: Path) -> Path | None:
        text = self._flags.get(flag) or self._environment.get(name)
        return directory / text if text else None

    def finish(self) -> None:
        """Raise what was found."""
        if self._problems:
            raise SettingsError("; ".join(self._problems))


def _origins(listed: str) -> tuple[str, ...]:
    return tuple(origin for origin in (each.strip() for each in listed.split(",")) if origin)


def _server_version(environment: Mapping[str, str]) -> str:
    if environment.get(wire.SERVER_VERSION_ENABLED, "true").lower() != "true":
        return ""
    return environment.get(wire.SERVER_VERSION, SERVER)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except (OSError, OverflowError):
        return False
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="modelport-scoring",
        description="Serve an Azure ML entry script, or an ONNX or scikit-learn model without one.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--entry_script", metavar="FILE", help=f"script with init() and run(); else {wire.ENTRY_SCRIPT}"
    )
    parser.add_argument("--model_dir", metavar="FOLDER", help=f"folder of the model's files; else {wire.MODEL_DIR}")
    parser.add_argument("--port", metavar="PORT", help=f"port to listen on; else {wire.LISTEN_PORT} ({wire.PORT})")
    parser.add_argument("--address", default="0.0.0.0", help="address to listen on (0.0.0.0)")  # noqa: S104  Azure ML's
    parser.add_argument(
        "--access_control_allow_origins",
        metavar="ORIGINS",
        help=f"origins whose pages may read the answers, separated by commas, or *; else {wire.CORS_ORIGINS}",
    )
    parser.add_argument(
        "--config_file",
        metavar="FILE",
        help=f"JSON object of variables that the environment lacks; else {wire.CONFIG_FILE}, else config.json",
    )
    parser.add_argument("--worker_count", metavar="N", help=f"processes that score; else {wire.WORKER_COUNT} (1)")
    return parser
