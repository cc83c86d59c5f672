"""The container behind a `LocalService` in container mode."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pulumi
from modelport_scoring import wire

from modelport.docker_package import require_docker_package
from modelport.local import limits, ports
from modelport.local.docker_daemon import docker_host
from modelport.local.endpoint import Endpoint
from modelport.local.host_name import callable_host
from modelport.local.resource import LoadedImage

if TYPE_CHECKING:
    import pulumi_docker as docker

KEYS_FILE: Final = "/opt/modelport/keys.json"
_SERVICE_LABEL: Final = "vnd.modelport.service"
_HOST_LABEL: Final = "vnd.modelport.docker-host"
_USER: Final = "10001"
"""Whom images run as. Its file, its eyes only."""
_PYTHON: Final = "/opt/modelport/environment/bin/python"
_PROBE_S: Final = 3
"""Between two probes: each starts an interpreter, and `up` waits for the first."""
_STOP_MARGIN_S: Final = 10
"""How much longer than the drain a container may take to end."""


def place_container(
    name: str, args: Mapping[str, Any], digests: Mapping[str, pulumi.Output[str]], opts: pulumi.ResourceOptions
) -> Endpoint:
    """
    Declare image and container of service *name*; *digests* are sha256 of the keys by slot, empty without keys.

    The image is loaded before the old container stops: between two containers there is only the port's hand-over.
    """
    require_docker_package(f"service {name!r} (mode: container)")
    import pulumi_docker as docker  # noqa: PLC0415 - an optional package: the extra `docker`

    host = docker_host(args.get("docker_host"))
    loaded = LoadedImage(name, _image(args, host), opts)
    port, address = args.get("port") or _own_port(name), args.get("address", ports.DEFAULT_ADDRESS)
    of_daemon = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(provider=_provider(name, args, host, opts)))
    container = docker.Container(
        name,
        image=loaded.image_id,
        ports=[docker.ContainerPortArgs(internal=wire.PORT, external=port, ip=address)],
        labels=[docker.ContainerLabelArgs(**label) for label in _labels(name, host)],
        **_declared(name, args, digests),
        opts=pulumi.ResourceOptions.merge(of_daemon, pulumi.ResourceOptions(delete_before_replace=True)),
    )
    url = pulumi.Output.all(address, port).apply(lambda at: ports.base_url(callable_host(host, at[0]), at[1]))
    return Endpoint.of_container(url, container.name)


def _image(args: Mapping[str, Any], host: str) -> dict[str, Any]:
    given = {"docker_cert_path": args.get("docker_cert_path"), "delete_image": args.get("delete_image")}
    return {"image": args["image"], "docker_host": host, **given}


def _provider(name: str, args: Mapping[str, Any], host: str, opts: pulumi.ResourceOptions) -> "docker.Provider":
    """Name the daemon. Its host is in the name: the old container is removed through the provider that made it."""
    import pulumi_docker as docker  # noqa: PLC0415 - as above

    place = hashlib.sha256(host.encode()).hexdigest()[:8]
    return docker.Provider(f"{name}-{place}", host=host, cert_path=args.get("docker_cert_path"), opts=opts)


def _declared(name: str, args: Mapping[str, Any], digests: Mapping[str, pulumi.Output[str]]) -> dict[str, Any]:
    """No capability, no way to new ones, a bounded log; started again by Docker whenever it ends by itself."""
    ready_s = args.get("ready_timeout_s", limits.READY_TIMEOUT_S.default)
    drain_s = args.get("drain_timeout_s", limits.DRAIN_TIMEOUT_S.default)
    sizes = [args.get("log_max_mb", limits.LOG_MAX_MB.default), args.get("log_backups", limits.LOG_BACKUPS.default)]
    return {
        "envs": _environment(name, args, digests),
        "uploads": _key_file(digests),
        "healthcheck": _healthcheck(args),
        "capabilities": {"drops": ["ALL"]},
        "security_opts": ["no-new-privileges"],
        "restart": "unless-stopped",
        "log_driver": "json-file",
        "log_opts": pulumi.Output.all(*sizes).apply(_rotation),
        "wait": True,
        "wait_timeout": _whole(ready_s, _PROBE_S),
        "destroy_grace_seconds": _whole(drain_s, _STOP_MARGIN_S),
        "remove_volumes": args.get("delete_volume", True),
        **_limits(args),
    }


def _labels(name: str, host: str) -> list[dict[str, str]]:
    """Name service and daemon. Labels replace a container: without the host in one, a moved service would be in two."""
    return [{"label": _SERVICE_LABEL, "value": name}, {"label": _HOST_LABEL, "value": host}]


def _limits(args: Mapping[str, Any]) -> dict[str, Any]:
    memory, cpu = args.get("memory_mb"), args.get("cpu")
    given: dict[str, Any] = {} if memory is None else {"memory": memory, "memory_swap": memory}
    return given if cpu is None else {**given, "cpus": pulumi.Output.from_input(cpu).apply(lambda cores: f"{cores:g}")}


def _environment(
    name: str, args: Mapping[str, Any], digests: Mapping[str, pulumi.Output[str]]
) -> pulumi.Output[list[str]]:
    """Write the variables of the runtime. No idle grace: until the port is free nobody else can answer a client."""
    values = {
        wire.SERVICE_NAME: name,
        wire.WORKER_COUNT: args.get("workers", limits.WORKERS.default),
        wire.DRAIN_TIMEOUT: args.get("drain_timeout_s", limits.DRAIN_TIMEOUT_S.default),
        wire.IDLE_GRACE: 0,
        **({wire.KEYS_FILE: KEYS_FILE} if digests else {}),
    }
    return pulumi.Output.all(**values).apply(lambda known: [f"{key}={_text(known[key])}" for key in sorted(known)])


def _key_file(digests: Mapping[str, pulumi.Output[str]]) -> list[dict[str, Any]]:
    """Write the digests of the keys, for the container's user alone; environment variables show in `docker inspect`."""
    if not digests:
        return []
    content = pulumi.Output.all(**digests).apply(lambda known: json.dumps(known, sort_keys=True))
    return [{"file": KEYS_FILE, "content": content, "permissions": "0400", "owner": _USER, "group": _USER}]


def _healthcheck(args: Mapping[str, Any]) -> dict[str, Any]:
    ready_s = pulumi.Output.from_input(args.get("ready_timeout_s", limits.READY_TIMEOUT_S.default))
    return {
        "tests": ["CMD", _PYTHON, "-P", "-m", "modelport_scoring.health"],
        "interval": f"{_PROBE_S}s",
        "timeout": f"{_PROBE_S}s",
        "start_period": ready_s.apply(go_duration),
        "retries": 3,
    }


def _rotation(sizes: list[int]) -> dict[str, str]:
    max_mb, backups = sizes
    return {"max-size": f"{max_mb:.0f}m", "max-file": f"{backups + 1:.0f}"}


def _whole(seconds: pulumi.Input[float], more: int) -> pulumi.Output[int]:
    return pulumi.Output.from_input(seconds).apply(lambda known: math.ceil(known) + more)


def _own_port(name: str) -> int:
    """Keep to one port for each service of a stack: Docker's own choice would change with every container."""
    return ports.preferred(f"{pulumi.get_project()}/{pulumi.get_stack()}/{name}")


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def go_duration(seconds: float) -> str:
    """Write *seconds*, rounded up, as the daemon gives them back: ``1m0s``. Else a refresh would see a change."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s" if minutes else f"{rest}s"
