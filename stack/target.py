"""The block `target`: where a service runs."""

from typing import Annotated, Literal

from stack.block import Block
from stack.fields import Address, Amount, Whole

PORTS = Whole(1, 65535)


class LogSettings(Block):
    """The log file of a service and its rotation."""

    max_mb: Annotated[int, Whole(1, 65536)] = 10
    """Size in MB at which the file is put aside."""
    backups: Annotated[int, Whole(0, 1000)] = 3
    """Files kept besides the current one."""


class LocalTarget(Block):
    """A process on this machine."""

    kind: Literal["local"]
    """local: a process on this machine."""
    port: Annotated[int, PORTS] | None = None
    """Port to listen on; without it a free one is taken and kept."""
    address: Annotated[str, Address()] = "127.0.0.1"
    """Address to listen on."""
    workers: Annotated[int, Whole(1, 1024)] = 1
    """Worker processes."""
    ready_timeout_s: Annotated[float, Amount("seconds", 86400)] = 60
    """Seconds until every worker must be ready."""
    drain_timeout_s: Annotated[float, Amount("seconds", 86400, zero=True)] = 30
    """Seconds that running requests may take to finish when a worker is replaced."""
    log: LogSettings = LogSettings()
    """The log file and its rotation."""
