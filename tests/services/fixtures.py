"""Fixtures of real services: a Docker daemon, a registry, a base image. What is missing is skipped, and fails on CI."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from tests.services.registry import Registry, registry_process
from tools import debian_base as base_recipe
from tools import services
from tools.cache import cache_folder
from tools.service_errors import ServiceError


class StartRegistry(Protocol):
    """Starts a registry; it ends with the test."""

    def __call__(self, *, users: dict[str, str] | None = None, tokens: bool = False, tls: bool = False) -> Registry:
        """*users*: passwords by name, asked by Basic or, with *tokens*, by a token server; *tls*: with an own CA."""
        ...


@pytest.fixture(scope="session")
def docker_daemon() -> str:
    """Have a Docker daemon answer; give its version."""
    try:
        services.start_docker(cache_folder())
    except ServiceError as error:
        _without(error)
    return services.docker_version()


@pytest.fixture(scope="session")
def debian_base() -> Path:
    """Give an OCI layout with one image, `tools.debian_base.TAG`: Debian bookworm with Python 3.11 in /usr/bin."""
    try:
        return base_recipe.provide(cache_folder())
    except ServiceError as error:
        _without(error)


@pytest.fixture
def start_registry(tmp_path: Path) -> Iterator[StartRegistry]:
    """Start real registries (docker-registry) on free ports, storage in the test's own folder."""
    program = services.find("docker-registry")
    if program is None:
        _without(ServiceError("docker-registry is missing; run `make services` as root on Debian"))
    with ExitStack() as started:

        def start(*, users: dict[str, str] | None = None, tokens: bool = False, tls: bool = False) -> Registry:
            folder = tmp_path / f"registry-{len(list(tmp_path.glob('registry-*')))}"
            return started.enter_context(registry_process(program, folder, users=users, tokens=tokens, tls=tls))

        yield start


@pytest.fixture
def registry(start_registry: StartRegistry) -> Registry:
    """Start a registry that anybody may write to, without TLS."""
    return start_registry()


def _without(error: ServiceError) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(str(error))
    pytest.skip(str(error))
