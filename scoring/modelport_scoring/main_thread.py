"""Where calls of a model run: on the main thread, one at a time, with the event loop there or beside it."""

import asyncio
import logging
import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any, Final, Protocol

from modelport_scoring.errors import BusyError, ScoringError, ScoringTimeoutError
from modelport_scoring.limits import Limits

SHORT_S: Final = 0.001
"""A call below this costs less than handing it to another thread would; see docs/runtime.md."""
LONG_S: Final = 0.1
"""A call above this keeps health waiting: the loop moves away from the main thread."""
LONG_MEAN_S: Final = 0.002
"""So do calls whose mean is above this: callers stand behind each other. One that the machine held up counts little."""
_MEAN_OF: Final = 64
FIRST_STREAK: Final = 32
LONGEST_STREAK: Final = 100_000
"""How many short calls in a row bring the loop here; each time it had to leave, four times as many."""
OVERDUE_S: Final = 0.5
"""How much longer than its timeout a call may run before its caller is answered without it (it runs no Python)."""
_log = logging.getLogger(__name__)


class Call(Protocol):
    """One call of a model, and where its answer goes."""

    @property
    def is_wanted(self) -> bool:
        """Somebody still waits for the answer."""

    def execute(self) -> None:
        """Call the model, on the main thread."""

    def refuse(self, error: ScoringError) -> None:
        """Answer with *error* instead, on the loop's thread. What `execute` finds out later is dropped."""

    def deliver(self) -> None:
        """Send what `execute` found out, on the loop's thread, unless `refuse` was called."""


class MainThread:
    """
    Runs a server's event loop and the calls that it submits.

    Calls always run on the main thread, never two at once. While they are short the loop lives there too, and a
    call is a plain function call; otherwise the loop lives in a second thread and answers health meanwhile. A
    server begins with two threads: nobody knows yet how long a call takes.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_shared = False
        """The loop lives on the main thread."""
        self._streak_needed = FIRST_STREAK
        self._waiting: deque[tuple[float, Call]] = deque()
        self._lock = threading.Lock()
        """For taking from the queue: the main thread and the loop's watch do."""
        self._wake: SimpleQueue[bool] = SimpleQueue()
        """True for each call that was put into the queue, False for the end."""
        self._running: tuple[float, Call] | None = None
        self._finished: deque[Call] = deque()
        self._mean_s = 0.0
        """Of the last calls, roughly."""
        self._shared_mean_s = 0.0
        """The same, of more calls, since the loop came here."""
        self._watch: asyncio.TimerHandle | None = None
        self._crash: BaseException | None = None

    @property
    def is_busy(self) -> bool:
        """A call runs or waits."""
        return self._running is not None or bool(self._waiting)

    @property
    def is_shared(self) -> bool:
        """The loop lives on the main thread, because calls are short."""
        return self._is_shared

    def run(self, serve: Coroutine[Any, Any, None], make_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        """Run *serve* to its end, on the main thread and beside it."""
        self._loop = loop = make_loop()
        task = loop.create_task(serve)
        task.add_done_callback(self._end)
        try:
            while not task.done():
                if self._is_shared:
                    loop.run_forever()
                else:
                    self._run_apart(loop, task)
            task.result()
        finally:
            loop.close()

    def submit(self, call: Call) -> bool:
        """
        Make the *call*, or queue it; on the loop's thread.

        True: it is done, and not delivered. Raises `BusyError` when the queue is full.
        """
        if self._is_shared and not self._waiting:
            self._note(self._execute(call))
            return True
        if len(self._waiting) >= self._limits.queue_length:
            msg = f"{len(self._waiting)} requests wait already"
            raise BusyError(msg, self._retry_after_s())
        self._waiting.append((time.monotonic(), call))
        self._wake.put(True)
        if self._watch is None:
            self._watch_out()
        return False

    def _execute(self, call: Call) -> float:
        """Run *call* on this thread; return the seconds that it took."""
        began = time.monotonic()
        self._running = began, call
        try:
            call.execute()
        finally:
            self._running = None
        took = time.monotonic() - began
        self._mean_s += (took - self._mean_s) / 8
        return took

    def _run_apart(self, loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
        """Run the loop in a second thread and calls in this one, until calls are short or *task* is done."""
        thread = threading.Thread(target=self._run_loop, args=(loop, task), name="event-loop", daemon=True)
        thread.start()
        try:
            are_short = self._work(loop)
        finally:
            if not task.done():
                loop.call_soon_threadsafe(loop.stop)
            thread.join()
        if self._crash is not None and not task.done():
            raise self._crash
        self._is_shared = are_short  # not before the loop stands still: it must not call the model over there
        if are_short:
            loop.call_soon(self._work_off)

    def _run_loop(self, loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
        try:
            loop.run_forever()
        except BaseException as error:  # noqa: BLE001  the main thread raises it
            self._crash = error
        finally:
            if self._crash is not None or task.done():
                self._wake.put(False)
            if task.done() and self._running is not None:
                # The server gave up waiting for this call; nothing else can end it.
                sys.stderr.write("run() did not end within the drain limit\n")
                sys.stderr.flush()
                os._exit(1)

    def _work(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Make calls as they come; True once they are short, False at the end."""
        streak = 0
        while self._wake.get():
            call = self._take()
            if call is None or not call.is_wanted:
                continue
            streak = streak + 1 if self._execute(call) < SHORT_S else 0
            self._finished.append(call)
            if len(self._finished) == 1:
                loop.call_soon_threadsafe(self._deliver)
            if streak >= self._streak_needed:
                return True
        return False

    def _work_off(self) -> None:
        """Make the calls that were queued while the loop moved here."""
        while self._is_shared:
            call = self._take()
            if call is None:
                break
            if call.is_wanted:
                took = self._execute(call)
                call.deliver()
                self._note(took)

    def _take(self, waiting_since: float = math.inf) -> Call | None:
        """Take the first call that waits, unless it came after *waiting_since*."""
        with self._lock:
            if self._waiting and self._waiting[0][0] <= waiting_since:
                return self._waiting.popleft()[1]
        return None

    def _note(self, took: float) -> None:
        """Move the loop away from this thread, the main one, when calls have become long."""
        self._shared_mean_s += (took - self._shared_mean_s) / _MEAN_OF
        if self._loop is None or (took <= LONG_S and self._shared_mean_s <= LONG_MEAN_S):
            return
        self._is_shared = False
        self._shared_mean_s = 0.0
        self._streak_needed = min(self._streak_needed * 4, LONGEST_STREAK)
        self._loop.stop()

    def _deliver(self) -> None:
        while self._finished:
            try:
                self._finished[0].deliver()
            except Exception:  # noqa: BLE001  the others must get theirs
                _log.exception("an answer could not be delivered")
            self._finished.popleft()  # only now: until then the main thread knows that this loop is at it

    def _end(self, _task: "asyncio.Task[None]") -> None:
        assert self._loop is not None  # noqa: S101  for the type checker: the loop runs
        if self._watch is not None:
            self._watch.cancel()
        self._loop.stop()

    def _watch_out(self) -> None:
        """Answer what has waited or run too long; look again when the next one may have."""
        assert self._loop is not None  # noqa: S101  for the type checker: the loop runs
        now = time.monotonic()
        wait_s = self._limits.queue_wait_ms / 1000
        while (late := self._take(now - wait_s)) is not None:
            late.refuse(BusyError(f"The request has waited {self._limits.queue_wait_ms} ms", self._retry_after_s()))
        run_s = self._limits.scoring_timeout_ms / 1000 + OVERDUE_S
        running = self._running
        if running is not None and running[0] + run_s <= now:
            running[1].refuse(ScoringTimeoutError(self._limits.scoring_timeout_ms, self._limits.timeout_status))
            running = None
        with self._lock:
            # Whichever call runs by then is looked at as well.
            deadlines = [min(self._waiting[0][0] + wait_s, now + run_s)] if self._waiting else []
        deadlines += [running[0] + run_s] if running is not None else []
        self._watch = self._loop.call_later(max(min(deadlines) - now, 0), self._watch_out) if deadlines else None

    def _retry_after_s(self) -> int:
        return max(1, math.ceil(len(self._waiting) * self._mean_s))
