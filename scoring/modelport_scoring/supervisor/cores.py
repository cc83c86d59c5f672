"""How many cores this process may use: what its cgroup grants, else those it may be scheduled on."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path("/")


def whole_cores(root: Path = ROOT) -> int:
    """Count whole cores, at least one; *root* holds `proc` and `sys`."""
    granted = [len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1]
    granted += [int(cores) for cores in _quotas(root)]
    return max(1, min(granted))


def _quotas(root: Path) -> Iterator[float]:
    """
    Give the cores that each cgroup on the way to the top grants.

    Source: the kernel's cgroup-v2.rst (cpu.max) and sched-bwc.rst (cpu.cfs_quota_us).
    """
    mounted = root / "sys/fs/cgroup"
    for controllers, group in _groups(root):
        for folder in (group, *group.parents):
            inside = folder.relative_to("/")
            if not controllers:
                yield from _quota(_words(mounted / inside / "cpu.max"))
            elif "cpu" in controllers:
                place = mounted / "cpu" / inside
                yield from _quota(_words(place / "cpu.cfs_quota_us") + _words(place / "cpu.cfs_period_us"))


def _groups(root: Path) -> Iterator[tuple[list[str], PurePosixPath]]:
    """List the process's groups: names of controllers (none in version 2) and path."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        # Inside a container of version 1 the path is the host's; the mounted top is then the container's own group.
        yield controllers.split(",") if controllers else [], PurePosixPath("/", *PurePosixPath(path).parts)


def _quota(words: list[str]) -> Iterator[float]:
    if len(words) == 2 and all(word.isdecimal() for word in words) and int(words[1]):  # noqa: PLR2004  quota and period
        yield int(words[0]) / int(words[1])


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
