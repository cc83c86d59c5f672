"""`kill -9` and Ctrl-C of `up` at any moment: a plain `up` repairs what they leave."""

import os
import random
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.engine.dev_stack import DevStack, plain
from tests.engine.kills import check_repair, end_all, keys_of, killed_at, use_killing_provider

pytestmark = [pytest.mark.engine, pytest.mark.slow]

RANDOM_KILLS = 4
LONGEST_UP_S = 4.0
SCRIPT = "examples/diabetes/score.py"

# Kills at every call of the provider are in test_every_call.py; these are moments within calls, and of two services.
FIRST_CREATES = (
    "line unpacking model digits",
    "line starting digits",
    "after Create LocalProcess digits",
)
UPDATES = (
    ("after preview Update LocalProcess diabetes", ""),
    ("line starting diabetes", ""),
    ("line starting diabetes", "and the provider"),
    ("after Update LocalProcess diabetes", "and the provider"),
)
KEY_CHANGES = ("after Update LocalProcess diabetes",)
INTERRUPTIONS = (
    "before preview Update ImageBuild diabetes",
    "line writing script and runtime",
    "line starting diabetes",
)


@pytest.fixture(name="stack", scope="module")
def stack_with_a_killing_provider(
    tmp_path_factory: pytest.TempPathFactory, service_environment: dict[str, str]
) -> Iterator[DevStack]:
    """Make a project whose provider can end its engine; one for all kills, since they must not add up to anything."""
    stack = DevStack(tmp_path_factory.mktemp("kills") / "project", service_environment)
    use_killing_provider(stack)
    yield stack
    end_all(stack)


def without_preview(moment: str) -> list[str]:
    """Give the arguments that save a preview, unless *moment* lies in it."""
    return [] if "preview" in moment else ["--", "--skip-preview"]


def bring_up(stack: DevStack) -> None:
    """Bring the stack up unless it is: each test may be run alone."""
    if not stack.processes():
        stack.up()


def change_script(stack: DevStack) -> None:
    """Make the script another one."""
    script = stack.root / SCRIPT
    script.write_text(f"{script.read_text()}CHANGED = {time.monotonic_ns()}\n")


@pytest.mark.parametrize("moment", FIRST_CREATES)
def test_a_first_up_that_was_killed(stack: DevStack, moment: str) -> None:
    """
    Whatever the first `up` had made is taken over or made again by the next.
    """
    if stack.root.joinpath(".modelport/state").exists():
        stack.down()
        for name in ("builds", "models", "store"):
            shutil.rmtree(stack.root / ".modelport" / name)
    killed = killed_at(stack, moment, "up", "--", "--skip-preview")

    assert -signal.SIGKILL == killed.returncode
    check_repair(stack)


@pytest.mark.parametrize(("moment", "also"), UPDATES)
def test_an_update_that_was_killed(stack: DevStack, moment: str, also: str) -> None:
    """
    The old or the new version goes on answering, and the next `up` brings the new one.
    """
    bring_up(stack)
    keys = keys_of(stack)
    change_script(stack)
    killed_at(stack, moment, "up", *without_preview(moment), KILL_PROVIDER=also)

    assert 200 == stack.ask("diabetes", keys["diabetes"]).status
    check_repair(stack)


@pytest.mark.parametrize("moment", KEY_CHANGES)
def test_a_key_change_that_was_killed(stack: DevStack, moment: str) -> None:
    """
    The key that was not changed opens the service all the while; in the end state and service hold the same new one.
    """
    bring_up(stack)
    primary, old = stack.key("diabetes", "primary"), stack.key("diabetes", "secondary")
    text = (stack.root / "Pulumi.dev.yaml").read_text()
    generation = int(re.findall(r"secondary_generation: (\d+)", text)[0]) + 1 if "secondary_generation" in text else 2
    line = f"      keys: {{secondary_generation: {generation}}}\n"
    kept = re.sub(r"      keys: .*\n", "", text)
    (stack.root / "Pulumi.dev.yaml").write_text(kept.replace("    diabetes:\n", f"    diabetes:\n{line}"))
    killed_at(stack, moment, "up", "--", "--skip-preview")

    assert 200 == stack.ask("diabetes", primary).status
    check_repair(stack)
    assert primary == stack.key("diabetes", "primary")
    assert old != (new := stack.key("diabetes", "secondary"))
    assert [200, 401] == [stack.ask("diabetes", key).status for key in (new, old)]


@pytest.mark.parametrize("moment", INTERRUPTIONS)
def test_an_interrupted_up(stack: DevStack, moment: str) -> None:
    """
    Ctrl-C ends `up` in order, without a lock or an unfinished operation of ours that needs a repair by hand.
    """
    bring_up(stack)
    change_script(stack)
    done = killed_at(stack, moment, "up", *without_preview(moment), KILL_SIGNAL="INT")

    assert 0 < done.returncode < 128
    check_repair(stack)


def test_kills_at_random_moments(stack: DevStack) -> None:
    """
    Any other moment does no harm either; the seed is printed, and `KILL_SEED` repeats it.
    """
    seed = int(os.environ.get("KILL_SEED") or time.time_ns() % 1_000_000)
    moments = random.Random(seed)  # noqa: S311 - no secret
    print(f"KILL_SEED={seed}")
    bring_up(stack)
    for _ in range(RANDOM_KILLS):
        delay, number = moments.uniform(0, LONGEST_UP_S), moments.choice((signal.SIGKILL, signal.SIGINT))
        print(f"{number.name} after {delay:.2f} s")
        change_script(stack)
        process = stack.start("up", "--", "--skip-preview")
        time.sleep(delay)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.communicate(timeout=90)
        check_repair(stack)
    assert "18 unchanged" in plain(stack.up())
