"""Changes of a service that is being used: none of them may cost a request."""

from collections.abc import Callable

import pytest

from tests.loadgen import BackgroundLoad
from tests.provider_stack import SCRIPT, ProviderStack

pytestmark = [pytest.mark.slow, pytest.mark.alone]

Ask = Callable[[ProviderStack, str], str]

CHANGES = 50
RATE_PER_S = 205


def test_changes_under_load_lose_nothing(stack: ProviderStack, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    """
    50 changes each of script, model and secondary key, at 200 requests a second, lose no request.

    After each change the next caller gets the new version, and only a current key is taken.
    """
    stack.up()
    made = 0
    with BackgroundLoad(stack.url, rate_per_s=RATE_PER_S, key=stack.key()) as load:
        for number in range(2, CHANGES + 2):
            stack.write(script=SCRIPT.replace("script 1", f"script {number}"), model=f"model {number - 1}")
            stack.up()
            assert f'"script {number}, model {number - 1}"' == ask(stack, stack.key())
            stack.write(script=SCRIPT.replace("script 1", f"script {number}"), model=f"model {number}")
            stack.up()
            assert f'"script {number}, model {number}"' == ask(stack, stack.key())
            old_key = stack.key("secondary")
            stack.generations["secondary"] = number
            stack.up()
            assert ["401", f'"script {number}, model {number}"'] == [
                ask(stack, key) for key in (old_key, stack.key("secondary"))
            ]
            made += 3
    result = load.result
    with capsys.disabled():
        print(
            f"\n{made} changes, {result.sent} requests sent at {result.rate_per_s:.0f}/s, {result.lost} lost,"
            f" slowest answer {result.slowest_s * 1000:.0f} ms"
        )

    assert [] == result.failures
    assert 0 == result.lost
    assert made >= CHANGES * 3
    assert result.rate_per_s >= 200


def test_the_same_again_changes_nothing(stack: ProviderStack) -> None:
    """
    A second `up` finds everything as it is.
    """
    stack.up()
    status = stack.status()
    stack.up()

    assert [] == stack.changed
    assert status == stack.status()


def test_a_changed_key_restarts_nothing(stack: ProviderStack) -> None:
    """
    Keys are read by the workers that run; no new generation is started.
    """
    stack.up()
    status = stack.status()
    stack.generations["primary"] = 2
    stack.up()

    assert ["ServiceKey", "LocalProcess"] == stack.changed
    assert status == stack.status()


def test_a_changed_number_of_workers_is_an_update(stack: ProviderStack, ask: Ask) -> None:
    """
    More workers, then fewer, without a new supervisor.
    """
    stack.up()
    pid = stack.status()["pid"]
    counts = []
    for stack.workers in (2, 1):
        stack.up()
        workers = stack.status()["workers"]
        assert isinstance(workers, list)
        counts.append(len([worker for worker in workers if worker["state"] == "serving"]))

    assert [2, 1] == counts
    assert pid == stack.status()["pid"]
    assert '"script 1, model 1"' == ask(stack, stack.key())
