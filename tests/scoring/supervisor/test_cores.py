"""Cores of a container."""

import os
from pathlib import Path

import pytest
from modelport_scoring.supervisor.cores import whole_cores

V1 = "4:cpu,cpuacct:/docker/c0ffee\n1:name=systemd:/\n"


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, 8),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000\n"}, 2),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "1600000 100000\n"}, 8),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "300000 100000\n"}, 3),
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "nonsense\n"}, 8),
    ],
)
def test_the_unified_hierarchy_grants_whole_cores(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    """
    cpu.max of the process's group and of all groups above it bound the cores; rounded down, never below one.
    """
    assert cores == whole_cores(write(tmp_path, files))


@pytest.mark.parametrize(
    ("folder", "quota", "cores"), [("", "200000", 2), ("docker/c0ffee", "200000", 2), ("", "-1", 8)]
)
def test_the_old_hierarchy_grants_whole_cores(tmp_path: Path, folder: str, quota: str, cores: int) -> None:
    """
    The quota over period bounds the cores, whether the mount shows the host's groups or the container's own; -1: none.
    """
    place = f"sys/fs/cgroup/cpu/{folder}"
    files = {"proc/self/cgroup": V1, f"{place}/cpu.cfs_quota_us": quota, f"{place}/cpu.cfs_period_us": "100000"}

    assert cores == whole_cores(write(tmp_path, files))
