"""
What both sides of a service must agree on: ports, paths, environment names, documents. Standard library only.

Names that start with ``AZUREML_``, ``AML_`` or ``SERVICE_`` are Azure ML's; the others are ours.
"""

from typing import Final, Literal, NotRequired, TypedDict

PORT: Final = 5001
HEALTH_PATH: Final = "/"
SCORE_PATH: Final = "/score"
SWAGGER_PATH: Final = "/swagger.json"

EXIT_START_FAILED: Final = 3
"""Exit code of a server that could not start: the same as Azure ML's server and as uvicorn."""

APP_ROOT: Final = "AML_APP_ROOT"
ENTRY_SCRIPT: Final = "AZUREML_ENTRY_SCRIPT"
MODEL_DIR: Final = "AZUREML_MODEL_DIR"
SOURCE_DIRECTORY: Final = "AZUREML_SOURCE_DIRECTORY"
CONFIG_FILE: Final = "AZUREML_CONFIG_FILE"
SERVICE_NAME: Final = "SERVICE_NAME"
SERVICE_VERSION: Final = "SERVICE_VERSION"
SERVICE_PATH_PREFIX: Final = "SERVICE_PATH_PREFIX"
WORKER_COUNT: Final = "WORKER_COUNT"
SCORING_TIMEOUT: Final = "SCORING_TIMEOUT_MS"
CORS_ORIGINS: Final = "AML_CORS_ORIGINS"
SERVER_VERSION: Final = "HTTP_X_MS_SERVER_VERSION"
SERVER_VERSION_ENABLED: Final = "SERVER_VERSION_LOG_RESPONSE_ENABLED"

TIMEOUT_STATUS: Final = "MODELPORT_TIMEOUT_STATUS"
"""500 or 504: what a caller gets when scoring took longer than SCORING_TIMEOUT_MS."""
QUEUE_LENGTH: Final = "MODELPORT_QUEUE_LENGTH"
QUEUE_WAIT: Final = "MODELPORT_QUEUE_WAIT_MS"
BODY_LIMIT: Final = "MODELPORT_BODY_LIMIT_MB"
HEAD_LIMIT: Final = "MODELPORT_HEAD_LIMIT_KB"
KEEP_ALIVE: Final = "MODELPORT_KEEP_ALIVE_S"
HEAD_TIMEOUT: Final = "MODELPORT_HEAD_TIMEOUT_S"
BODY_TIMEOUT: Final = "MODELPORT_BODY_TIMEOUT_S"
WRITE_TIMEOUT: Final = "MODELPORT_WRITE_TIMEOUT_S"

LISTEN_DESCRIPTOR: Final = "MODELPORT_LISTEN_FD"
"""Number of an inherited listening socket. Without it the server binds a port itself."""
CONTROL_DESCRIPTOR: Final = "MODELPORT_CONTROL_FD"
"""
Number of an inherited stream socket to the supervisor.

One JSON object per line, both ways: `WorkerSays`, `SupervisorSays`.
"""
LISTEN_PORT: Final = "MODELPORT_LISTEN_PORT"
"""Port to bind. Not MODELPORT_PORT: Kubernetes sets that for a service that is called `modelport`."""
KEYS_FILE: Final = "MODELPORT_KEYS_FILE"
"""Path of a JSON file `KeysFile`, replaced atomically, read anew when changed. Without it no key is asked for."""
DRAIN_TIMEOUT: Final = "MODELPORT_DRAIN_TIMEOUT_S"
"""Seconds that running requests may take once a worker leaves; a worker whose supervisor is gone ends after them."""
READY_TIMEOUT: Final = "MODELPORT_READY_TIMEOUT_S"
"""Seconds that the workers of a container or a bare server may take to load."""
IDLE_GRACE: Final = "MODELPORT_IDLE_GRACE_S"
"""Seconds that an idle keep-alive connection may still ask once more, for a server without a supervisor."""
ONNX_THREADS: Final = "MODELPORT_ONNX_THREADS"
"""Threads that one call of an ONNX model uses."""
ONNX_PROVIDERS: Final = "MODELPORT_ONNX_PROVIDERS"
"""Execution providers of ONNX Runtime in the order of trying, separated by commas: tensorrt, cuda, cpu."""
MODEL_MEMORY: Final = "MODELPORT_MODEL_MEMORY_MB"
"""What the models of one process without a script may take together."""
MODEL_DIGESTS: Final = "MODELPORT_MODEL_DIGESTS"
"""Path of a JSON object: path of a file below the models' folder to ``sha256:<hex>``; checked before loading."""


class KeysFile(TypedDict):
    """sha256 of each key's UTF-8 bytes, in lowercase hexadecimal; never the key itself."""

    primary: str
    secondary: str


class WorkerSays(TypedDict):
    """A worker's line to its supervisor."""

    state: Literal["ready", "serving", "draining", "failed"]
    """ready: loaded, waits for leave to accept; serving: accepts; draining: accepts no more; failed: exits with 3."""
    reason: NotRequired[str]
    """With "failed": one line, such as ``init() raised KeyError: 'x' (score.py:3)``."""


class SupervisorSays(TypedDict):
    """A supervisor's line to a worker. End of file means that the supervisor is gone: finish what runs, exit."""

    command: Literal["serve", "drain"]
    idle_grace_s: NotRequired[float]
    """With "drain": how long an idle keep-alive connection may still ask once more."""


class LogSettings(TypedDict):
    """Where a service's output goes."""

    path: str
    max_bytes: int
    backups: int


class SupervisorSpec(TypedDict):
    """What a supervisor runs. It reads the file at start and again on SIGHUP, when *generation* is higher."""

    generation: int
    service: str
    address: str
    port: int
    workers: int
    command: list[str]
    """Argument list of a worker; the interpreter is absolute."""
    environment: dict[str, str]
    """The worker's whole environment; the supervisor adds only the descriptors and the drain limit."""
    directory: str
    ready_timeout_s: float
    drain_timeout_s: float
    idle_grace_s: float
    """How long an idle keep-alive connection may still ask once more during a drain; it is told to close."""
    log: NotRequired[LogSettings]
    """Without it, output goes to the supervisor's own standard output (as in a container)."""


class WorkerStatus(TypedDict):
    """One worker, as the supervisor sees it."""

    slot: int
    pid: int
    generation: int
    state: Literal["starting", "ready", "serving", "draining", "backing off"]
    restarts: int


class SupervisorStatus(TypedDict):
    """Written beside the spec (`status.json`) by atomic replacement whenever it changes."""

    pid: int
    generation: int
    """The newest generation that was asked for."""
    state: Literal["starting", "serving", "failed", "stopping", "stopped"]
    """Of that generation. serving: all its workers accept, the older ones accept no more; failed: the older go on."""
    serving_generation: int
    """The generation that answers now; 0 when none does."""
    reason: NotRequired[str]
    """With "failed": one line."""
    workers: list[WorkerStatus]
