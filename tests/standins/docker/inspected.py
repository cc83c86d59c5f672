"""
What the real plugin's Read takes from the daemon (`resourceDockerContainerRead`), in the names of pulumi_docker.

Environment, labels and uploads are not read back there, so they are not here.
"""

import re
from typing import Any

from modelport.provider.inputs import Inputs
from modelport.provider.values import Value

MEGABYTE = 1024 * 1024
_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def inspected(found: dict[str, Any], inputs: Inputs) -> dict[str, Value]:
    """Give the state that the real plugin would record; a property that nobody asked for is left out."""
    config, host = found["Config"], found["HostConfig"]
    swap = host["MemorySwap"]
    state: dict[str, Value] = {
        "image": found["Image"],
        "name": found["Name"].lstrip("/"),
        "readOnly": host["ReadonlyRootfs"],
        "restart": host["RestartPolicy"]["Name"],
        "securityOpts": host["SecurityOpt"],
        "capabilities": _given({"adds": host["CapAdd"], "drops": host["CapDrop"]}),
        "memory": host["Memory"] // MEGABYTE,
        "memorySwap": swap // MEGABYTE if swap > 0 else swap,
        "logDriver": host["LogConfig"]["Type"],
        "logOpts": host["LogConfig"]["Config"],
        "networkMode": host["NetworkMode"],
        "ports": _ports(found["NetworkSettings"]["Ports"], inputs),
        "healthcheck": _health(config.get("Healthcheck") or {}),
        "tmpfs": host.get("Tmpfs"),
        "user": config["User"] or inputs.values.get("user"),
    }
    kept = {name: value for name, value in state.items() if name in inputs.values}
    return {**kept, "hostname": config["Hostname"], "bridge": found["NetworkSettings"]["Bridge"]}


def duration(count: int) -> str:
    """Write nanoseconds as Go does: ``1m0s`` for sixty seconds, whatever was asked for."""
    if count == 0:
        return "0s"
    if count < _UNITS["s"]:
        return f"{count / _UNITS['ms']:g}ms"
    minutes, rest = divmod(count, _UNITS["m"])
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / _UNITS['s']:g}s"
    return f"{hours}h{minutes}m{seconds}" if hours else f"{minutes}m{seconds}" if minutes else seconds


def nanoseconds(text: str) -> int:
    """Read a duration such as ``1m0s``."""
    return sum(int(float(count) * _UNITS[unit]) for count, unit in re.findall(r"([0-9.]+)(ns|us|ms|s|m|h)", text))


def _ports(found: dict[str, Any], inputs: Inputs) -> list[Value]:
    asked = inputs.values.get("ports") or []
    assert isinstance(asked, list)
    return [_port(found, each) for each in asked if isinstance(each, dict)]


def _port(found: dict[str, Any], asked: dict[str, Value]) -> Value:
    bindings = found.get(f"{asked['internal']}/{asked.get('protocol', 'tcp')}") or []
    read = {"external": int(bindings[0]["HostPort"]), "ip": bindings[0]["HostIp"]} if bindings else {}
    return {**asked, **{name: value for name, value in read.items() if name in asked}}


def _health(block: dict[str, Any]) -> Value:
    times = {"interval": "Interval", "timeout": "Timeout", "startPeriod": "StartPeriod"}
    read: dict[str, Value] = {name: duration(block[wire]) for name, wire in times.items() if wire in block}
    return {**read, "tests": block.get("Test"), "retries": block.get("Retries", 0)}


def _given(block: dict[str, Value]) -> Value:
    return {name: value for name, value in block.items() if value}
