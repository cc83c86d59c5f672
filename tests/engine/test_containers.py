"""A service in container mode, through the engine, our provider and a stand-in of the docker plugin: a real daemon."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.container_stack import ContainerStack
from tests.engine.dev_stack import plain
from tests.services.scoring_container import docker

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(name="stack")
def container_stack(
    tmp_path: Path, service_environment: dict[str, str], docker_daemon: str, debian_base: Path
) -> Iterator[ContainerStack]:
    """Make the project, not yet up."""
    stack = ContainerStack(tmp_path / "project", service_environment, debian_base)
    stack.use(answer=1)
    yield stack
    stack.remove_containers()


def test_up_runs_a_container_and_up_again_changes_nothing(stack: ContainerStack) -> None:
    """
    The service answers those who have a key; a second `up` finds nothing to do; `down` leaves no container.
    """
    stack.up()
    key = stack.key("answers")
    answers = [stack.score(key), stack.score(None)]
    again = plain(stack.up())
    [container] = stack.containers()
    found = stack.inspect(container)
    stack.down()

    assert [200, 401] == [answer.status for answer in answers]
    assert "1" == answers[0].body
    assert "unchanged" in again
    assert "updated" not in again
    assert ["ALL"] == found["HostConfig"]["CapDrop"]
    assert [] == stack.containers()
