"""
`docker:index/container:Container`.

Source: internal/provider/resource_docker_container.go and resource_docker_container_funcs.go of
kreuzwerker/terraform-provider-docker, which pulumi-docker wraps; names are those of pulumi_docker 5.2.
"""

import io
import math
import secrets
import tarfile
import time
from typing import Any

from modelport.errors import ModelportError
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, Difference, PartialCreateError
from modelport.provider.values import UNKNOWN, Properties, Value

import docker.errors
from tests.standins.docker.daemon import Daemon, said
from tests.standins.docker.inspected import inspected, nanoseconds
from tests.standins.plugin import refuse_unmodelled

MEGABYTE = 1024 * 1024
IDENTITY = "standInId"
"""Output: the container's id once more, because the wire that is shared does not hand ids on."""
DEFAULTS: dict[str, Value] = {
    "mustRun": True,
    "networkMode": "bridge",
    "readOnly": False,
    "removeVolumes": True,
    "restart": "no",
    "start": True,
    "wait": False,
    "waitTimeout": 60,
}
"""Defaults of the schema."""
IN_PLACE = frozenset(
    {"destroyGraceSeconds", "healthcheck", "memory", "memorySwap", "mustRun", "removeVolumes", "restart", "start"}
    | {"wait", "waitTimeout"}
)
"""Not ForceNew in the schema. Of these an update hands only memory, swap and restart to the daemon."""
REPLACING = frozenset(
    {"capabilities", "cpus", "envs", "image", "labels", "logDriver", "logOpts", "name", "networkMode", "ports"}
    | {"readOnly", "securityOpts", "tmpfs", "uploads", "user"}
)
_POLL_S = 0.1
_STARTED_WITHIN_S = 15.0


class Container:
    """One container. A change of most properties replaces it."""

    token = "docker:index/container:Container"

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:
        """Fill in defaults; a name is made up once, as the SDK's bridge does (`AutoName`)."""
        refuse_unmodelled(news, IN_PLACE | REPLACING, ("image",))
        name = olds.values.get("name") or f"{call.name}-{secrets.token_hex(4)[:7]}"
        return {"name": name, **DEFAULTS, **news.values}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:
        """Compare what was read from the daemon, not only what was asked for: a name in `image` differs for ever."""
        names = sorted({*olds.values, *news.values})
        changed = tuple(name for name in names if outputs.values.get(name) != news.values.get(name))
        return Difference(changed, tuple(name for name in changed if name in REPLACING))

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:
        """Foretell: a new container's addresses are unknown."""
        return {**news.values, **({} if outputs.values else {"bridge": UNKNOWN, "hostname": UNKNOWN})}

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Create, upload, start, wait: a container that does not become healthy stays, and the create fails."""
        api = self.daemon.api
        try:
            api.inspect_image(news.text("image"))
        except docker.errors.ImageNotFound as error:
            msg = f"unable to find or pull image {news.text('image')} (the stand-in does not pull)"
            raise ModelportError(msg) from error
        try:
            identity = str(api.create_container(**_creation(api, news))["Id"])
        except docker.errors.APIError as error:
            msg = f"Unable to create container: {said(error)}"
            raise ModelportError(msg) from error
        try:
            self._upload(identity, news)
            api.start(identity)
            self._wait(identity, news)
            return identity, self._state(identity, news)
        except docker.errors.APIError as error:
            raise PartialCreateError(
                identity, {**news.values, IDENTITY: identity}, f"Unable to start container: {said(error)}"
            ) from None
        except ModelportError as error:
            raise PartialCreateError(identity, {**news.values, IDENTITY: identity}, str(error)) from None

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:
        """Hand memory and restart policy to the daemon; the rest is only recorded (`resourceDockerContainerUpdate`)."""
        api, identity = self.daemon.api, outputs.text(IDENTITY)
        memory, swap = _bytes(news, "memory"), _bytes(news, "memorySwap")
        api.update_container(
            identity, mem_limit=memory, memswap_limit=swap, restart_policy={"Name": news.text("restart")}
        )
        return self._state(identity, news)

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:
        """Gone when there is none; one that must run and does not is deleted by the real plugin's Read, so by this."""
        identity = outputs.text(IDENTITY)
        try:
            found = self.daemon.api.inspect_container(identity)
        except docker.errors.NotFound:
            return None
        if not found["State"]["Running"] and outputs.flag("mustRun", default=True):
            self.delete(call, outputs)
            return None
        return self._state(identity, inputs if inputs.values else outputs)

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Stop within the grace when there is one, then remove by force."""
        api, identity = self.daemon.api, outputs.text(IDENTITY)
        grace = outputs.whole("destroyGraceSeconds", 0)
        try:
            if grace > 0:
                api.stop(identity, timeout=grace)
            api.remove_container(identity, v=outputs.flag("removeVolumes", default=True), force=True)
        except docker.errors.NotFound as error:
            msg = f"Error stopping container {identity}: {said(error)}"
            raise ModelportError(msg) from error

    def _state(self, identity: str, inputs: Inputs) -> Properties:
        found = self.daemon.api.inspect_container(identity)
        return {**inputs.values, **inspected(found, inputs), IDENTITY: identity}

    def _upload(self, identity: str, news: Inputs) -> None:
        """Put files below `/`, before the start: a read-only root refuses them."""
        for upload in _blocks(news, "uploads"):
            data = str(upload["content"]).encode()
            entry = tarfile.TarInfo(str(upload["file"]))
            entry.size, entry.mode = len(data), int(str(upload.get("permissions", "0644")), 8)
            entry.uid, entry.gid = int(str(upload.get("owner", 0))), int(str(upload.get("group", 0)))
            archive = io.BytesIO()
            with tarfile.open(fileobj=archive, mode="w") as tar:
                tar.addfile(entry, io.BytesIO(data))
            try:
                self.daemon.api.put_archive(identity, "/", archive.getvalue())
            except docker.errors.APIError as error:
                msg = f"Unable to upload volume content: {said(error)}"
                raise ModelportError(msg) from error

    def _wait(self, identity: str, news: Inputs) -> None:
        waits = news.flag("wait", default=False)
        limit_s = news.whole("waitTimeout", 60) if waits else _STARTED_WITHIN_S
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            state = self.daemon.api.inspect_container(identity)["State"]
            if not state["Running"] and not state["Restarting"]:
                msg = f"container exited immediately, with code {state['ExitCode']}"
                raise ModelportError(msg)
            if not waits:
                return
            health = (state.get("Health") or {}).get("Status", "none")
            if health in {"none", "unhealthy"}:
                msg = f"container is {'without a healthcheck' if health == 'none' else health}"
                raise ModelportError(msg)
            if health == "healthy":
                return
            time.sleep(_POLL_S)
        msg = f"timed out after {limit_s:.0f} s waiting for the container to be healthy"
        raise ModelportError(msg)


def _creation(api: Any, news: Inputs) -> dict[str, Any]:  # noqa: ANN401 - the SDK for Python has no types
    ports = _blocks(news, "ports")
    health = news.values.get("healthcheck")
    bindings = {
        f"{port['internal']}/{port.get('protocol', 'tcp')}": (port.get("ip", "0.0.0.0"), port.get("external"))  # noqa: S104 - the schema's default
        for port in ports
    }
    capabilities = news.values.get("capabilities") or {}
    assert isinstance(capabilities, dict)
    host = api.create_host_config(
        port_bindings=bindings,
        read_only=news.flag("readOnly", default=False),
        restart_policy={"Name": news.text("restart")},
        cap_add=capabilities.get("adds"),
        cap_drop=capabilities.get("drops"),
        security_opt=news.texts("securityOpts") or None,
        log_config={"Type": news.optional_text("logDriver") or "", "Config": news.text_map("logOpts")},
        mem_limit=_bytes(news, "memory"),
        memswap_limit=_bytes(news, "memorySwap"),
        nano_cpus=math.floor(float(news.optional_text("cpus") or 0) * 1e9) or None,
        tmpfs=news.text_map("tmpfs") or None,
        network_mode=news.text("networkMode"),
    )
    return {
        "image": news.text("image"),
        "name": news.text("name"),
        "environment": news.texts("envs"),
        "ports": [(port["internal"], port.get("protocol", "tcp")) for port in ports],
        "labels": {str(each["label"]): str(each["value"]) for each in _blocks(news, "labels")},
        "user": news.optional_text("user"),
        "host_config": host,
        "healthcheck": _health(health) if isinstance(health, dict) else None,
    }


def _health(block: dict[str, Value]) -> dict[str, Any]:
    return {
        "test": block["tests"],
        "retries": block.get("retries", 0),
        **{
            wire: nanoseconds(str(block.get(name, "0s")))
            for name, wire in (("interval", "interval"), ("timeout", "timeout"), ("startPeriod", "start_period"))
        },
    }


def _blocks(news: Inputs, name: str) -> list[dict[str, Any]]:
    value = news.values.get(name) or []
    assert isinstance(value, list)
    return [each for each in value if isinstance(each, dict)]


def _bytes(news: Inputs, name: str) -> int | None:
    megabytes = news.whole(name, 0)
    return megabytes * MEGABYTE if megabytes > 0 else megabytes or None
