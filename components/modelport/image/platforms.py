"""The platforms that dependencies are locked for."""

import re
from dataclasses import dataclass
from typing import Final

from modelport.errors import ModelportError

_TARGETS: Final = {
    ("linux", "amd64"): "x86_64-unknown-linux-gnu",
    ("linux", "arm64"): "aarch64-unknown-linux-gnu",
    ("macos", "amd64"): "x86_64-apple-darwin",
    ("macos", "arm64"): "aarch64-apple-darwin",
}
_SYSTEMS: Final = {"linux": "linux", "darwin": "macos"}
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_TEXT: Final = re.compile(r"(?P<system>[a-z]+)/(?P<machine>[a-z0-9]+) cp3(?P<minor>\d{1,2})", re.ASCII)


@dataclass(frozen=True, order=True)
class Platform:
    """Where a scoring process runs. Its text is ``linux/amd64 cp311``; Linux means glibc."""

    system: str
    machine: str
    python: str
    """Minor version of CPython, such as ``3.11``."""

    def __str__(self) -> str:
        return f"{self.system}/{self.machine} cp{self.python.replace('.', '')}"

    @property
    def target(self) -> str:
        """The platform's name in uv's ``--python-platform``."""
        return _TARGETS[self.system, self.machine]


def parse_platform(text: str) -> Platform:
    """Read *text* such as ``linux/amd64 cp311``; raises `ModelportError` when there is no such platform."""
    match = _TEXT.fullmatch(text)
    if match is None or (match["system"], match["machine"]) not in _TARGETS:
        known = ", ".join(f"{system}/{machine}" for system, machine in _TARGETS)
        msg = f"platform {text!r} is not known: write one of {known}, a blank and the Python, as in 'linux/amd64 cp311'"
        raise ModelportError(msg)
    return Platform(match["system"], match["machine"], f"3.{match['minor']}")


def platform_of(system: str, machine: str, python: tuple[int, int]) -> Platform:
    """Name the platform with the values of ``sys.platform``, ``platform.machine()`` and ``sys.version_info[:2]``."""
    named = (_SYSTEMS.get(system, ""), _MACHINES.get(machine.lower(), ""))
    if named not in _TARGETS:
        msg = (
            f"this machine ({system}, {machine}) cannot run scoring processes: Linux or macOS on amd64 or arm64 can; "
            f"on Windows use WSL 2"
        )
        raise ModelportError(msg)
    return Platform(*named, f"{python[0]}.{python[1]}")


def host_platform() -> Platform:
    """Name the platform of this process."""
    import platform  # noqa: PLC0415 - slow to import, and only wanted once per run
    import sys  # noqa: PLC0415 - read here so that tests can stand in another machine

    return platform_of(sys.platform, platform.machine(), sys.version_info[:2])
