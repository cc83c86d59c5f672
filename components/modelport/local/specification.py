"""What a service of this machine is asked to be, and the supervisor's document for it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from modelport_scoring import wire

from modelport.image.build import Build
from modelport.image.environment import interpreter
from modelport.local.runs import RunFolder, digest_of

_MEGABYTE = 1024 * 1024
IDLE_GRACE_S = 5.0
"""How long a client may keep an idle connection to a version that goes away; its next answer tells it to close."""


@dataclass(frozen=True)
class ServiceSpecification:
    """All that decides how a service runs. Key digests are sha256 in hexadecimal, empty when no key is asked for."""

    service: str
    image: str
    models: tuple[str, ...]
    address: str
    port: int
    workers: int
    ready_timeout_s: float
    drain_timeout_s: float
    log_max_mb: int
    log_backups: int
    primary_key_digest: str = ""
    secondary_key_digest: str = ""

    @property
    def digest(self) -> str:
        """Tells two specifications apart; the digests of the keys go in, so it does not reveal them."""
        return digest_of(asdict(self))

    @property
    def asks_for_keys(self) -> bool:
        """Tell whether callers need a key."""
        return bool(self.primary_key_digest)

    def keys(self) -> wire.KeysFile:
        """Write the document that the workers read."""
        return {"primary": self.primary_key_digest, "secondary": self.secondary_key_digest}


@dataclass(frozen=True)
class Program:
    """What a version runs: the files of its image and the environment that they need."""

    build: Build
    environment: Path

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return interpreter(self.environment)


def link_models(specification: ServiceSpecification, program: Program, run: RunFolder) -> Path:
    """
    Lay out the models as scripts expect them and return the value of AZUREML_MODEL_DIR.

    One model: the folder of its files; several: the folder of ``<name>/<version>``. Versions are links, so that the
    files may be shared and the content key does not hold a store's counter.
    """
    folder = run.links / digest_of([specification.image, *specification.models])[:16]
    model_folders = [_link(folder, program.build, model_id) for model_id in specification.models]
    return model_folders[0] if len(model_folders) == 1 else folder


def worker_spec(
    specification: ServiceSpecification, program: Program, run: RunFolder, model_dir: Path, generation: int
) -> wire.SupervisorSpec:
    """Write out what the supervisor is to run."""
    build = program.build
    environment = {
        "PATH": f"{program.environment / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(build.runtime),
        "PYTHONNOUSERSITE": "1",
        "HOME": str(run.home),
        "LANG": "C.UTF-8",
        wire.SERVICE_NAME: specification.service,
        wire.MODEL_DIR: str(model_dir),
        wire.APP_ROOT: str(build.app),
        **build.environment_variables,
    }
    if build.entry_script:
        environment[wire.ENTRY_SCRIPT] = build.entry_script
    if specification.asks_for_keys:
        environment[wire.KEYS_FILE] = str(run.keys)
    return {
        "generation": generation,
        "service": specification.service,
        "address": specification.address,
        "port": specification.port,
        "workers": specification.workers,
        "command": [str(program.python), "-P", "-u", "-m", "modelport_scoring"],
        "environment": environment,
        "directory": str(build.app),
        "ready_timeout_s": specification.ready_timeout_s,
        "drain_timeout_s": specification.drain_timeout_s,
        "idle_grace_s": IDLE_GRACE_S,
        "log": {
            "path": str(run.log),
            "max_bytes": specification.log_max_mb * _MEGABYTE,
            "backups": specification.log_backups,
        },
    }


def _link(folder: Path, build: Build, model_id: str) -> Path:
    name, _, version = model_id.rpartition(":")
    link = folder / name / version
    link.parent.mkdir(parents=True, exist_ok=True)
    target = build.model(name)
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return link
