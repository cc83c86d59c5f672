"""Runs one service: which generation serves, which comes, which go."""

import contextlib
import os
import signal
from collections.abc import Callable
from typing import Final, Literal

from modelport_scoring.supervisor.generation import Generation, Host
from modelport_scoring.supervisor.log import Log
from modelport_scoring.supervisor.loop import Loop, Timer
from modelport_scoring.supervisor.sockets import PortTakenError, SlotSockets
from modelport_scoring.supervisor.spec import Spec, SpecError
from modelport_scoring.supervisor.status import Status
from modelport_scoring.wire import EXIT_START_FAILED, SupervisorStatus

BIND_FOR_S: Final = 10.0
"""Workers of a supervisor that was killed let go of the port within this time, unless a request is running."""
BIND_AGAIN_S: Final = 0.1
STEERED_AFTER_S: Final = 0.25
"""Handshakes that were under way with a slot that goes are in its queue by then."""
WRITE_AGAIN_S: Final = 1.0


class Supervisor:
    """
    The service that *spec* describes.

    On SIGHUP *read* is asked for the spec of the next generation, by its number; *status* hears how the service is.
    """

    def __init__(self, spec: Spec, read: Callable[[int], Spec], status: Status) -> None:
        self._read = read
        self._spec = spec
        self._loop = Loop()
        self._log = Log(spec.log)
        self._sockets = SlotSockets(spec.address, spec.port)
        self._host = Host(self._loop, self._log, self._sockets)
        self._status = status
        self._rewrite: Timer | None = None
        self._state: Literal["starting", "serving", "failed", "stopping", "stopped"] = "starting"
        self._reason: str | None = None
        self._asked = spec.generation
        self._exit_code = 0
        self._current: Generation | None = None
        self._upcoming: Generation | None = None
        self._retiring: list[Generation] = []

    def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        self._loop.on_signal(signal.SIGCHLD, self._reap)
        self._loop.on_signal(signal.SIGHUP, self._reload)
        self._loop.on_signal(signal.SIGTERM, self._stop)
        self._loop.on_signal(signal.SIGINT, self._stop)
        self._report()
        self._bind(BIND_FOR_S)
        self._loop.run()
        self._log.close()
        return self._exit_code

    def _bind(self, left_s: float) -> None:
        if self._state != "starting":
            return
        try:
            self._sockets.open(self._spec.workers)
        except OSError as error:
            if isinstance(error, PortTakenError) and left_s > 0:
                self._loop.after(BIND_AGAIN_S, lambda: self._bind(left_s - BIND_AGAIN_S))
                return
            self._give_up(str(error))
            return
        self._begin(self._spec)

    def _begin(self, spec: Spec) -> None:
        self._spec, self._asked, self._state, self._reason = spec, spec.generation, "starting", None
        self._log.say(f"{spec.service}: starting {spec.workers} worker(s) of generation {spec.generation}")
        self._upcoming = Generation(spec, self._host, self._on_change)
        try:
            self._sockets.grow(spec.workers)
        except OSError as error:
            self._upcoming.failure = f"no socket for worker {spec.workers - 1}: {error.strerror}"
        else:
            self._upcoming.start()
        self._on_change(self._upcoming)

    def _on_change(self, generation: Generation) -> None:
        if generation is self._upcoming:
            self._advance(generation)
        self._forget_the_gone()
        if self._state == "starting" and self._upcoming is None and not any(old.accepts for old in self._retiring):
            self._state = "serving"
            self._log.say(f"generation {self._spec.generation} serves")
        self._report()

    def _advance(self, upcoming: Generation) -> None:
        if upcoming.failure is not None:
            self._abandon(upcoming, upcoming.failure)
        elif upcoming.phase == "starting" and upcoming.all_are("ready"):
            self._sockets.listen(upcoming.spec.workers)
            upcoming.enter()
        elif upcoming.phase == "entering" and upcoming.all_are("serving"):
            upcoming.settle()
            old, self._current, self._upcoming = self._current, upcoming, None
            if old is not None:
                self._retiring.append(old)
                shrunk = old.spec.workers > upcoming.spec.workers
                self._loop.after(STEERED_AFTER_S if shrunk else 0.0, lambda: self._retire(old))

    def _retire(self, generation: Generation) -> None:
        if generation.phase == "retiring":
            return
        generation.retire(self._spec.idle_grace_s)
        self._on_change(generation)

    def _abandon(self, upcoming: Generation, reason: str) -> None:
        self._upcoming = None
        self._state, self._reason = "failed", reason
        self._log.say(f"generation {upcoming.number} failed: {reason}")
        self._retiring.append(upcoming)
        upcoming.retire(self._spec.idle_grace_s)
        if self._current is None:
            self._exit_code = EXIT_START_FAILED
        else:
            self._sockets.listen(self._current.spec.workers)

    def _forget_the_gone(self) -> None:
        self._retiring = [old for old in self._retiring if old.workers()]
        if self._current is not None and self._upcoming is None and not any(old.accepts for old in self._retiring):
            self._sockets.shrink(self._current.spec.workers)
        if self._retiring or self._upcoming is not None:
            return
        if self._current is None and self._state in {"failed", "stopping"}:
            self._state = "stopped" if self._state == "stopping" else "failed"
            self._loop.stop()

    def _reload(self) -> None:
        if self._state in {"stopping", "stopped"} or len(self._sockets) == 0:
            return
        try:
            spec = self._read(self._asked + 1)
            self._check_place(spec)
        except SpecError as error:
            self._refuse(error)
            return
        if spec.generation <= self._asked:
            self._log.say(f"generation {spec.generation} is not newer than {self._asked}: nothing to do")
            return
        if self._upcoming is not None:
            superseded, self._upcoming = self._upcoming, None
            self._retiring.append(superseded)
            superseded.retire(spec.idle_grace_s)
        self._begin(spec)

    def _check_place(self, spec: Spec) -> None:
        if (spec.address, spec.port) != (self._sockets.address, self._sockets.port):
            msg = f"a running service cannot move to port {spec.port} on {spec.address}; start another one"
            raise SpecError(msg, spec.generation)

    def _refuse(self, error: SpecError) -> None:
        self._log.say(f"spec refused: {error}")
        if error.generation is not None and error.generation > self._asked and self._upcoming is None:
            self._state, self._reason, self._asked = "failed", str(error), error.generation
        self._report()

    def _stop(self) -> None:
        if self._state == "stopping":
            self._log.say("told to stop again: killing what runs")
            for generation in self._retiring:
                generation.kill()
            return
        self._state, self._reason = "stopping", None
        self._log.say("stopping")
        self._sockets.close()  # the workers accept what is queued before they let go
        self._retiring = self._generations()
        self._upcoming = self._current = None
        for generation in self._retiring:
            if generation.phase != "retiring":
                generation.retire(self._spec.idle_grace_s)
        self._forget_the_gone()
        self._report()

    def _give_up(self, reason: str) -> None:
        self._state, self._reason, self._exit_code = "failed", reason, EXIT_START_FAILED
        self._log.say(reason)
        self._report()
        self._loop.stop()

    def _reap(self) -> None:
        while True:
            try:
                # Look before reaping: while it is a zombie its number is not given to anybody else.
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            generation = self._generation_of(ended.si_pid)
            if generation is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(ended.si_pid, signal.SIGKILL)  # what a script started ends with its worker
            _pid, status = os.waitpid(ended.si_pid, 0)
            if generation is not None:
                generation.reap(ended.si_pid, os.waitstatus_to_exitcode(status))

    def _generation_of(self, pid: int) -> Generation | None:
        return next((each for each in self._generations() if any(pid == w.pid for w in each.workers())), None)

    def _generations(self) -> list[Generation]:
        return [*self._retiring, *(each for each in (self._current, self._upcoming) if each is not None)]

    def _report(self) -> None:
        status: SupervisorStatus = {
            "pid": os.getpid(),
            "generation": self._asked,
            "state": self._state,
            "serving_generation": self._current.number if self._current is not None else 0,
            "workers": [line for each in self._generations() for line in each.statuses()],
        }
        if self._state == "failed" and self._reason is not None:
            status["reason"] = self._reason
        if not self._status.write(status) and self._rewrite is None:
            self._rewrite = self._loop.after(WRITE_AGAIN_S, self._report_again)

    def _report_again(self) -> None:
        self._rewrite = None
        self._report()
