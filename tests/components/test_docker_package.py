"""Tests of `modelport.docker_package`."""

import pulumi
import pytest
from modelport import docker_package


def test_a_missing_package_is_named_with_the_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Who asks for containers without the extra reads one line, not the traceback of an import.
    """
    monkeypatch.setattr(docker_package, "find_spec", lambda _name: None)

    with pytest.raises(
        pulumi.RunError, match=r"service 'digits' needs the package pulumi-docker: run `.venv/bin/uv sync"
    ):
        docker_package.require_docker_package("service 'digits'")


def test_an_installed_package_is_no_error() -> None:
    """
    The development environment has it, so nothing is raised.
    """
    docker_package.require_docker_package("service 'digits'")
