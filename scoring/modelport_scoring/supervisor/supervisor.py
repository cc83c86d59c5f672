"""The supervisor: takes signals, listens to workers, decides who serves."""

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from modelport_scoring import wire
from modelport_scoring.supervisor.documents import SpecError, read_spec, write_status
from modelport_scoring.supervisor.generation import Generation
from modelport_scoring.supervisor.log import RotatingLog, StandardOutput, log_for
from modelport_scoring.supervisor.loop import Loop
from modelport_scoring.supervisor.sockets import ListeningSockets, PortTakenError
from modelport_scoring.supervisor.worker import Worker

STATUS_FILE = "status.json"
_LONGEST_WAIT_S = 60.0
_STOPPING = (signal.SIGTERM, signal.SIGINT)


class Supervisor:
    """
    Runs what the specification says, and goes on running it.

    SIGHUP: read the specification again. SIGTERM, SIGINT: finish what runs and leave; a second time: leave at once.
    """

    def __init__(self, spec_path: Path) -> None:
        self._spec_path = spec_path
        self._loop = Loop()
        self._sockets: ListeningSockets | None = None
        self._log: RotatingLog | StandardOutput = StandardOutput()
        self._current: Generation | None = None
        self._next: Generation | None = None
        self._retiring: list[Worker] = []
        self._newest = 0
        self._state: str = "starting"
        self._reason: str | None = None
        self._stopping = False
        self._changed = True

    def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        self._loop.listen_to(*_STOPPING, signal.SIGHUP, signal.SIGCHLD)
        try:
            self._begin(read_spec(self._spec_path))
        except SpecError as error:
            self._say(str(error))
            return wire.EXIT_START_FAILED
        while not self._finished():
            self._report()
            for number in self._loop.wait(self._wait_s()):
                self._obey(number)
            self._reap()
            self._keep_time(time.monotonic())
        if self._stopping:
            self._state = "stopped"
        self._report()
        if self._sockets:
            self._sockets.close()
        return 0 if self._stopping else wire.EXIT_START_FAILED

    def _finished(self) -> bool:
        busy = self._retiring or self._next or (self._current and self._current.workers)
        return not busy and (self._stopping or self._current is None)

    # Versions

    def _begin(self, spec: wire.SupervisorSpec) -> None:
        """Start the workers of a new generation; those that answer go on until all of them are ready."""
        self._newest, self._state, self._reason, self._changed = spec["generation"], "starting", None, True
        if self._next:
            self._abandon(self._next)
        self._log = log_for(spec.get("log"))
        self._next = Generation(spec)
        try:
            self._sockets = self._sockets or ListeningSockets(spec["address"], spec["port"])
            if (self._sockets.address, self._sockets.port) != (spec["address"], spec["port"]):
                self._fail("address and port cannot change while the service runs")
                return
            for slot, sockets in enumerate(self._sockets.share_out(spec["workers"])):
                self._start(self._next, slot, sockets, restarts=0)
        except (OSError, PortTakenError) as error:
            self._fail(str(error))

    def _start(self, generation: Generation, slot: int, sockets: list[socket.socket], restarts: int) -> None:
        worker = Worker(generation.spec, slot, sockets, restarts)
        generation.workers[slot] = worker
        self._loop.watch(worker.control, lambda: self._hear(worker))
        self._loop.watch(worker.output, lambda: self._read(worker))
        self._changed = True

    def _hear(self, worker: Worker) -> None:
        for said in worker.heard():
            worker.state, worker.reason, self._changed = said["state"], said.get("reason", worker.reason), True
            if said["state"] == "ready":
                self._ready(worker)
            elif said["state"] == "serving":
                worker.serving_since, worker.deadline = time.monotonic(), None
            self._promote()
        if worker.control_ended:
            self._loop.forget(worker.control)

    def _ready(self, worker: Worker) -> None:
        generation = self._next
        if generation and generation.workers.get(worker.slot) is worker:
            # None may answer before all can: a version that fails has then answered nobody.
            if generation.all_are("ready"):
                for each in generation.workers.values():
                    each.say("serve")
        else:
            worker.say("serve")

    def _promote(self) -> None:
        """Hand over to the new generation when all its workers accept; report it when the old accept no more."""
        if self._next and self._next.all_are("serving"):
            old, self._current, self._next = self._current, self._next, None
            if old:
                self._retire(old, lambda worker: worker.say("drain"))
        newest_serves = self._current is not None and self._current.number == self._newest
        if newest_serves and not self._stopping and all(each.state == "draining" for each in self._retiring):
            self._state = "serving"

    def _retire(self, generation: Generation, how: Callable[[Worker], None]) -> None:
        limit = generation.spec["drain_timeout_s"] + generation.spec["idle_grace_s"] + 1
        for worker in generation.workers.values():
            worker.deadline = time.monotonic() + limit
            how(worker)
            self._retiring.append(worker)
        generation.workers.clear()
        generation.restart_at.clear()

    def _abandon(self, generation: Generation) -> None:
        self._retire(generation, lambda worker: worker.kill())
        if self._next is generation:
            self._next = None

    def _fail(self, reason: str) -> None:
        """Give up the new generation; the running one, when there is one, goes on."""
        if self._next:
            self._abandon(self._next)
        self._state, self._reason, self._changed = "failed", reason, True
        self._say(f"generation {self._newest} failed: {reason}")

    # Ends

    def _reap(self) -> None:
        """Take leave of every child that has ended: as process 1 of a container we inherit strangers too."""
        while True:
            try:
                pid, exit_status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for worker in [each for each in self._workers() if each.pid == pid]:
                self._ended(worker, exit_status)

    def _ended(self, worker: Worker, exit_status: int) -> None:
        for said in worker.heard():
            worker.reason = said.get("reason", worker.reason)
        self._read(worker)
        worker.ended(exit_status)
        self._loop.forget(worker.control)
        self._loop.forget(worker.output)
        worker.close()
        self._changed = True
        if worker in self._retiring:
            self._retiring.remove(worker)
        elif self._next and self._next.drop(worker):
            self._fail(worker.reason or "a worker ended")
        elif self._current and self._current.drop(worker):
            self._current.schedule_restart(worker, time.monotonic())
            self._say(f"{worker.reason}; slot {worker.slot} is started again")
        self._promote()

    def _keep_time(self, now: float) -> None:
        if self._current and self._sockets:
            for slot, crashes in self._current.due(now):
                self._restart(self._current, slot, crashes, self._sockets)
        for worker in [each for each in self._workers() if each.deadline is not None and each.deadline <= now]:
            worker.deadline = None
            self._overdue(worker)

    def _restart(self, generation: Generation, slot: int, crashes: int, sockets: ListeningSockets) -> None:
        try:
            self._start(generation, slot, sockets.share_out(generation.spec["workers"])[slot], crashes)
        except OSError as error:
            generation.restart_at[slot] = (time.monotonic() + 1, crashes)
            self._say(f"slot {slot} cannot be started: {error}")

    def _overdue(self, worker: Worker) -> None:
        if worker in self._retiring:
            self._say(f"worker {worker.pid} did not finish in time and is ended")
            worker.kill()
            return
        worker.reason = f"a worker was not ready within {worker.ready_timeout_s:g} s"
        worker.kill()

    # Signals and time

    def _obey(self, number: int) -> None:
        if number == signal.SIGHUP and not self._stopping:
            self._reload()
        elif number in _STOPPING:
            self._stop()

    def _reload(self) -> None:
        try:
            spec = read_spec(self._spec_path)
        except SpecError as error:
            self._say(str(error))
            return
        if spec["generation"] > self._newest:
            self._begin(spec)

    def _stop(self) -> None:
        if self._stopping:
            for worker in self._workers():
                worker.kill()
            return
        self._stopping, self._state, self._changed = True, "stopping", True
        if self._next:
            self._abandon(self._next)
        if self._current:
            self._retire(self._current, self._hang_up)

    def _hang_up(self, worker: Worker) -> None:
        """Close the control channel: the worker finishes what runs and leaves, as if we had died."""
        self._loop.forget(worker.control)
        worker.control.close()

    def _wait_s(self) -> float:
        times = [worker.deadline for worker in self._workers() if worker.deadline is not None]
        times += [when for when, _ in self._current.restart_at.values()] if self._current else []
        return max(0.0, min([*(each - time.monotonic() for each in times), _LONGEST_WAIT_S]))

    # Words

    def _read(self, worker: Worker) -> None:
        for line in worker.printed():
            self._log.write(line)
        if worker.output_ended:
            self._loop.forget(worker.output)

    def _workers(self) -> list[Worker]:
        generations = [each for each in (self._current, self._next) if each]
        return [*self._retiring, *(worker for each in generations for worker in each.workers.values())]

    def _say(self, line: str) -> None:
        self._log.write(f"modelport: {line}\n".encode())

    def _report(self) -> None:
        """Write the status when it has changed."""
        if not self._changed:
            return
        self._changed = False
        status: wire.SupervisorStatus = {
            "pid": os.getpid(),
            "generation": self._newest,
            "state": self._state,  # type: ignore[typeddict-item]  # only the states of SupervisorStatus are ever set
            "serving_generation": self._current.number if self._current else 0,
            "workers": [worker.status() for worker in self._workers()],
        }
        if self._reason:
            status["reason"] = self._reason
        write_status(self._spec_path.with_name(STATUS_FILE), status)
