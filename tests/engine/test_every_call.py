"""`kill -9` of `up` and `down` before and after every call that the engine makes to the provider."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.dev_stack import DevStack, free_port
from tests.engine.kills import PROVIDER_S, check_repair, end_all, killed_at, pending, processes_in, wait_until
from tests.engine.kills import use_killing_provider as prepare

pytestmark = [pytest.mark.engine, pytest.mark.slow]

RESOURCES = (
    "ModelVersion digits",
    "ImageBuild digits",
    "ServiceKey digits-primary",
    "ServiceKey digits-secondary",
    "LocalProcess digits",
)
CREATE_CALLS = tuple(f"{call} {resource}" for resource in RESOURCES for call in ("Check", "Create"))
UPDATE_CALLS = (
    *(f"{call} {resource}" for resource in RESOURCES for call in ("Check", "Diff")),
    *(f"Update {resource}" for resource in RESOURCES if not resource.startswith("ServiceKey")),
    "Create ServiceKey digits-secondary",
    "Delete ServiceKey digits-secondary",
)
DELETE_CALLS = tuple(f"Delete {resource}" for resource in RESOURCES)
EDGES = ("before", "after")

SETTINGS = """config:
  modelport:services:
    digits:
      models: [{{name: digits, path: examples/digits/digits.onnx, tags: {{number: "{number}"}}}}]
      inference: {{environment: {{environment_variables: {{NUMBER: "{number}"}}}}}}
      keys: {{secondary_generation: {number}}}
      target: {{kind: local, port: {port}}}
"""


class SmallStack(DevStack):
    """One service, every resource of which changes with one number."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        super().__init__(root, environment)
        self.services = ("digits",)
        self.number = 0
        self.port = free_port()
        prepare(self)
        self.change()

    def change(self) -> None:
        """Give every resource something to do."""
        self.number += 1
        text = SETTINGS.format(number=self.number, port=self.port)
        (self.root / "Pulumi.dev.yaml").write_text(text)

    def calls_of(self, *arguments: str) -> set[str]:
        """Run a command undisturbed; return the calls that the engine made."""
        log = self.root.parent / "calls"
        log.unlink(missing_ok=True)
        done = self.run(*arguments, KILL_LOG=str(log))
        assert 0 == done.returncode, done.stdout
        return set(log.read_text().splitlines())


@pytest.fixture(name="stack", scope="module")
def small_stack(tmp_path_factory: pytest.TempPathFactory, service_environment: dict[str, str]) -> Iterator[SmallStack]:
    """Make one stack for all kills: they must not add up to anything."""
    stack = SmallStack(tmp_path_factory.mktemp("calls") / "project", service_environment)
    yield stack
    end_all(stack)


def test_these_are_all_calls(stack: SmallStack) -> None:
    """
    An undisturbed first `up`, an update and a `down` make exactly the calls that the other tests are killed at.
    """
    created = stack.calls_of("up", "--", "--skip-preview")
    stack.change()
    updated = stack.calls_of("up", "--", "--skip-preview")
    deleted = stack.calls_of("down")

    assert set(CREATE_CALLS) == created
    assert set(UPDATE_CALLS) == updated
    assert set(DELETE_CALLS) == {call for call in deleted if not call.startswith("preview")}


@pytest.mark.parametrize("call", CREATE_CALLS)
@pytest.mark.parametrize("edge", EDGES)
def test_a_first_up_that_was_killed_at_a_call(stack: SmallStack, edge: str, call: str) -> None:
    """
    Whatever was made is taken over or made again by the next `up`.
    """
    if stack.root.joinpath(".modelport/state").exists():
        stack.down()
    killed = killed_at(stack, f"{edge} {call}", "up", "--", "--skip-preview")

    assert -signal.SIGKILL == killed.returncode
    check_repair(stack)


@pytest.mark.parametrize("call", UPDATE_CALLS)
@pytest.mark.parametrize("edge", EDGES)
def test_an_update_that_was_killed_at_a_call(stack: SmallStack, edge: str, call: str) -> None:
    """
    The service answers to its primary key all the while, and the next `up` brings what is declared.
    """
    if not stack.processes():
        stack.up()
    key = stack.key("digits", "primary")
    stack.change()
    killed_at(stack, f"{edge} {call}", "up", "--", "--skip-preview")

    assert 200 == stack.ask("digits", key).status
    check_repair(stack)


@pytest.mark.parametrize("call", DELETE_CALLS)
@pytest.mark.parametrize("edge", EDGES)
def test_a_down_that_was_killed_at_a_call(stack: SmallStack, edge: str, call: str) -> None:
    """
    The next `down` ends what is left: no process, no resource.
    """
    if not stack.processes():
        stack.up()
    killed_at(stack, f"{edge} {call}", "down")
    stack.down()

    assert {} == stack.resources()
    assert [] == pending(stack)
    assert wait_until(lambda: not processes_in(stack.root, "provider"), PROVIDER_S)
    assert [] == stack.processes()
