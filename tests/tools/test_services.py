"""What is missing is named with the way to get it; what is there is left alone."""

import os
from pathlib import Path

import pytest

from tools import services
from tools.service_errors import ServiceError


def test_missing_programs_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Who is not root is told what root would run.
    """
    monkeypatch.setattr(services, "find", lambda program: None if program == "mmdebstrap" else Path("/bin/sh"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(
        ServiceError, match=r"^mmdebstrap missing; on Debian run as root: apt-get install .* mmdebstrap$"
    ):
        services.install()


def test_nothing_is_installed_where_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A second run asks no package manager.
    """
    monkeypatch.setattr(services, "find", lambda _program: Path("/bin/sh"))
    monkeypatch.setenv("PATH", "/nonexistent")

    assert "packages: all there" == services.install()


def test_a_docker_host_that_does_not_answer_is_not_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Who names a daemon wants that one: no other is started.
    """
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")

    with pytest.raises(ServiceError, match=r"no Docker daemon answers on DOCKER_HOST=unix://.*; start that one"):
        services.start_docker(tmp_path)


def test_a_daemon_that_ends_is_an_error_with_its_last_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    The error has what the daemon said, and where the rest is.
    """
    daemon = tmp_path / "dockerd"
    daemon.write_text("#!/bin/sh\necho starting\necho no space left\nexit 1\n")
    daemon.chmod(0o755)
    monkeypatch.setattr(services, "docker_version", lambda: "")

    with pytest.raises(ServiceError, match=rf"^dockerd ended: no space left; the rest is in {tmp_path}/log$"):
        services._start(daemon, tmp_path / "log")
