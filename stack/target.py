"""The block `target`: where a service runs."""

import re
from typing import Annotated, Literal

from modelport.local.limits import CPU, DRAIN_TIMEOUT_S, LOG_BACKUPS, LOG_MAX_MB, MEMORY_MB, READY_TIMEOUT_S, WORKERS
from modelport.local.ports import DEFAULT_ADDRESS
from modelport.local.ports import PORTS as _PORTS

from stack.block import Block
from stack.fields import Address, Amount, Matching, Switch, Text, Whole

DOCKER_HOST_PATTERN = r"^(unix:///.+|ssh://[^/]+|tcp://[^/]+:[0-9]+)$"
PORTS = Whole(_PORTS[0], _PORTS[-1])


def docker_host_fault(text: str) -> str | None:
    """Say what is wrong with the address of a Docker daemon; ``None`` when nothing is."""
    fits = re.fullmatch(DOCKER_HOST_PATTERN, text)
    return None if fits else "must be unix:///path, ssh://user@host or tcp://host:2376"


class LogSettings(Block):
    """The log of a service and its rotation."""

    max_mb: Annotated[int, Whole(LOG_MAX_MB.low, LOG_MAX_MB.high)] = LOG_MAX_MB.default
    """Size in MB at which the file is put aside."""
    backups: Annotated[int, Whole(LOG_BACKUPS.low, LOG_BACKUPS.high)] = LOG_BACKUPS.default
    """Files kept besides the current one."""


class DestroySettings(Block):
    """What goes with a container, beside the container itself."""

    delete_image: Annotated[bool, Switch()] = False
    """Whether Docker forgets an image that the service no longer runs."""
    delete_volume: Annotated[bool, Switch()] = True
    """Whether the container's own volumes go with it."""


class LocalTarget(Block):
    """A process or a container on this machine, or a container on a Docker host."""

    kind: Literal["local"]
    """local: on this machine, or on a Docker host that you name."""
    mode: Literal["process", "container"] = "process"
    """process: a supervised process, which needs no Docker. container: the scoring image in Docker."""
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
    """The log and its rotation."""
    docker_host: Annotated[str, Matching(docker_host_fault, DOCKER_HOST_PATTERN)] | None = None
    """With containers: another daemon than DOCKER_HOST names or this machine has."""
    docker_cert_path: Annotated[str, Text()] | None = None
    """With tcp: folder with ca.pem, cert.pem and key.pem, relative to the project."""
    cpu: Annotated[float, Amount("cores", CPU.high)] | None = None
    """With containers: cores it may use; without it all."""
    memory_mb: Annotated[int, Whole(MEMORY_MB.low, MEMORY_MB.high)] | None = None
    """With containers: memory it may use, in MB; without it all."""
    on_destroy: DestroySettings = DestroySettings()
    """With containers: what goes with them."""
