"""The block `target`: where a service runs."""

from typing import Annotated, Literal

from modelport.local.limits import DRAIN_TIMEOUT_S, LOG_BACKUPS, LOG_MAX_MB, READY_TIMEOUT_S, WORKERS
from modelport.local.ports import DEFAULT_ADDRESS
from modelport.local.ports import PORTS as _PORTS

from stack.block import Block
from stack.fields import Address, Amount, Whole

PORTS = Whole(_PORTS[0], _PORTS[-1])


class LogSettings(Block):
    """The log file of a service and its rotation."""

    max_mb: Annotated[int, Whole(LOG_MAX_MB.low, LOG_MAX_MB.high)] = LOG_MAX_MB.default
    """Size in MB at which the file is put aside."""
    backups: Annotated[int, Whole(LOG_BACKUPS.low, LOG_BACKUPS.high)] = LOG_BACKUPS.default
    """Files kept besides the current one."""


class LocalTarget(Block):
    """A process on this machine."""

    kind: Literal["local"]
    """local: a process on this machine."""
    port: Annotated[int, PORTS] | None = None
    """Port to listen on; without it a free one is taken and kept."""
    address: Annotated[str, Address()] = DEFAULT_ADDRESS
    """Address to listen on."""
    workers: Annotated[int, Whole(WORKERS.low, WORKERS.high)] = WORKERS.default
    """Worker processes."""
    ready_timeout_s: Annotated[float, Amount("seconds", READY_TIMEOUT_S.high)] = READY_TIMEOUT_S.default
    """Seconds until every worker must be ready."""
    drain_timeout_s: Annotated[float, Amount("seconds", DRAIN_TIMEOUT_S.high, zero=True)] = DRAIN_TIMEOUT_S.default
    """Seconds that running requests may take to finish when a worker is replaced."""
    log: LogSettings = LogSettings()
    """The log file and its rotation."""
