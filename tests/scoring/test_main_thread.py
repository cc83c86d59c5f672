"""Where calls run, and what becomes of those that wait or hang."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop
from modelport_scoring.errors import BusyError, ScoringError
from modelport_scoring.limits import Limits
from modelport_scoring.main_thread import FIRST_STREAK, LONG_S, MainThread

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@dataclass
class Call:
    """A call that sleeps, and remembers where."""

    seconds: float = 0.0
    is_wanted: bool = True
    ran_on: threading.Thread | None = None
    loop_was_on: threading.Thread | None = None
    refused: ScoringError | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def execute(self) -> None:
        """Sleep."""
        self.ran_on = threading.current_thread()
        time.sleep(self.seconds)

    def refuse(self, error: ScoringError) -> None:
        """Remember why."""
        self.refused = error
        self.done.set()

    def deliver(self) -> None:
        """Remember where the loop is."""
        self.loop_was_on = threading.current_thread()
        self.done.set()


Serve = Callable[[MainThread], Coroutine[Any, Any, None]]


def run(serve: Serve, limits: Limits | None = None, make_loop: Callable[[], Any] = LOOPS[1]) -> MainThread:
    main_thread = MainThread(limits or Limits())
    main_thread.run(serve(main_thread), make_loop)
    return main_thread


async def made(main_thread: MainThread, call: Call) -> Call:
    if main_thread.submit(call):
        call.deliver()
    await call.done.wait()
    return call


@pytest.mark.parametrize("make_loop", LOOPS)
def test_calls_always_run_on_the_main_thread(make_loop: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The loop begins beside it, comes to it while calls are short, and leaves it again when one is long.
    """
    for name in ("SHORT_S", "LONG_S", "LONG_MEAN_S"):
        monkeypatch.setattr(f"modelport_scoring.main_thread.{name}", 0.2)  # nothing else on this machine takes as long
    calls = [Call(0.3 if number == FIRST_STREAK + 20 else 0.0) for number in range(FIRST_STREAK * 5 + 50)]

    async def serve(main_thread: MainThread) -> None:
        for each in calls:
            await made(main_thread, each)

    run(serve, make_loop=make_loop)
    main = threading.main_thread()
    beside = [each.loop_was_on is not main for each in calls]

    assert {main} == {each.ran_on for each in calls}
    assert [True, False, True, False] == [beside[0], beside[FIRST_STREAK + 10], beside[FIRST_STREAK + 30], beside[-1]]


def test_calls_that_are_long_together_move_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Calls that hold up others by their number, each well below the limit, make the loop leave; a single one does not.
    """
    monkeypatch.setattr("modelport_scoring.main_thread.SHORT_S", 0.2)
    was_shared: list[bool] = []

    async def serve(main_thread: MainThread) -> None:
        for seconds in [*[0.0] * (FIRST_STREAK + 5), LONG_S / 3, *[LONG_S / 3] * 6]:
            await made(main_thread, Call(seconds))
            was_shared.append(main_thread.is_shared)

    run(serve)

    assert [True, False] == [was_shared[FIRST_STREAK + 5], was_shared[-1]]


def test_the_loop_goes_on_while_a_call_runs() -> None:
    """
    Health is answered meanwhile.
    """
    ticks: list[float] = []

    async def serve(main_thread: MainThread) -> None:
        call = asyncio.ensure_future(made(main_thread, Call(0.3)))
        while not call.done():
            await asyncio.sleep(0.01)
            ticks.append(time.monotonic())

    run(serve)

    assert len(ticks) > 15


def test_calls_that_wait_keep_their_order_when_the_loop_moves() -> None:
    """
    Whatever is queued when the loop changes its thread is made, once and in order.
    """
    order: list[int] = []

    @dataclass
    class Numbered(Call):
        number: int = 0

        def execute(self) -> None:
            super().execute()
            order.append(self.number)

    async def serve(main_thread: MainThread) -> None:
        count = FIRST_STREAK * 30
        calls = [Numbered(LONG_S * 1.2 if number % 200 == 150 else 0.0, number=number) for number in range(count)]
        waiting: list[Awaitable[Call]] = []
        for call in calls:
            waiting.append(asyncio.ensure_future(made(main_thread, call)))
            if call.number % 7 == 0:
                await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    run(serve)

    assert list(range(FIRST_STREAK * 30)) == order


def test_a_call_that_nobody_wants_is_not_made() -> None:
    """
    When the caller went while its request waited, the model is not asked.
    """
    first, gone, last = Call(0.1), Call(), Call()

    async def serve(main_thread: MainThread) -> None:
        for each in (first, gone, last):
            main_thread.submit(each)
        gone.is_wanted = False
        await last.done.wait()

    run(serve)

    assert [True, False, True] == [each.ran_on is not None for each in (first, gone, last)]


def test_the_queue_has_an_end() -> None:
    """
    A call that finds the queue full is refused at once, with the seconds after which it may come again.
    """

    async def serve(main_thread: MainThread) -> None:
        running, waiting = Call(0.2), Call()
        main_thread.submit(running)
        await asyncio.sleep(0.05)
        main_thread.submit(waiting)
        with pytest.raises(BusyError, match=r"1 requests wait already. Try again in 1 s.") as raised:
            main_thread.submit(Call())
        assert (503, ("retry-after", "1")) == (raised.value.status, *raised.value.headers)
        await waiting.done.wait()

    run(serve, Limits(queue_length=1))


def test_nobody_waits_longer_than_the_limit() -> None:
    """
    A call that has waited too long is refused, while the one before it still runs.
    """
    waiting = Call()

    async def serve(main_thread: MainThread) -> None:
        running = Call(0.6)
        main_thread.submit(running)
        main_thread.submit(waiting)
        began = time.monotonic()
        await waiting.done.wait()
        assert time.monotonic() - began < 0.4
        await running.done.wait()

    run(serve, Limits(queue_wait_ms=100))

    assert isinstance(waiting.refused, BusyError)
    assert "The request has waited 100 ms" in str(waiting.refused)
    assert waiting.ran_on is None


def test_a_call_that_cannot_be_ended_is_answered() -> None:
    """
    A call that runs no Python, so that no alarm can end it, is answered soon after its time is up.
    """
    hanging = Call(1.5)

    async def serve(main_thread: MainThread) -> None:
        main_thread.submit(hanging)
        began = time.monotonic()
        await hanging.done.wait()
        assert time.monotonic() - began < 1.2
        while main_thread.is_busy:  # noqa: ASYNC110  as the server does at its end
            await asyncio.sleep(0.01)

    run(serve, Limits(scoring_timeout_ms=100, timeout_status=504))

    assert hanging.refused is not None
    assert (504, "Scoring timeout after 100 ms") == (hanging.refused.status, str(hanging.refused))


def test_an_answer_that_cannot_be_delivered_does_not_hold_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """
    Whatever goes wrong with one answer, those behind it are delivered, and the log has the traceback.
    """

    class Broken(Call):
        def deliver(self) -> None:
            raise OSError(9, "gone")

    last = Call()

    async def serve(main_thread: MainThread) -> None:
        for call in (Call(0.05), Broken(), last):
            main_thread.submit(call)
        await last.done.wait()

    run(serve)

    assert last.ran_on is not None
    assert "OSError" in caplog.text


def test_what_ends_the_server_is_told() -> None:
    """
    An exception of the server is raised where it was started, whatever thread it comes from.
    """

    async def serve(main_thread: MainThread) -> None:
        await asyncio.sleep(0)
        raise SystemExit(7)

    with pytest.raises(SystemExit) as raised:
        run(serve)
    assert 7 == raised.value.code
