"""All workers of one spec: started together, restarted one by one, retired together."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from modelport_scoring.supervisor.log import LineSplitter, Log
from modelport_scoring.supervisor.loop import Loop
from modelport_scoring.supervisor.sockets import SlotSockets
from modelport_scoring.supervisor.spec import Spec
from modelport_scoring.supervisor.worker import CHUNK, Worker
from modelport_scoring.wire import WorkerStatus

FIRST_DELAY_S: Final = 0.1
LONGEST_DELAY_S: Final = 30.0
STEADY_AFTER_S: Final = 60.0
"""A worker that served this long is taken to be sound: its next death starts at the first delay again."""


@dataclass(frozen=True)
class Host:
    """What all generations of a service share."""

    loop: Loop
    log: Log
    sockets: SlotSockets


@dataclass(eq=False)
class Slot:
    """A worker's place: a socket, and at most one process at a time."""

    number: int
    worker: Worker | None = None
    pid: int = 0
    restarts: int = 0
    delay_s: float = FIRST_DELAY_S
    serving_since: float | None = None


class Generation:
    """
    The workers of *spec*.

    It calls *changed* whenever a worker's state changes; its owner decides what follows. Phases: starting (until all
    are ready), entering (told to serve), serving (dead workers are restarted), retiring (none is restarted).
    """

    def __init__(self, spec: Spec, host: Host, changed: Callable[["Generation"], None]) -> None:
        self.spec = spec
        self.failure: str | None = None
        self.phase: Literal["starting", "entering", "serving", "retiring"] = "starting"
        self._host = host
        self._changed = changed
        self._slots = [Slot(number) for number in range(spec.workers)]

    @property
    def number(self) -> int:
        """Its number in the spec."""
        return self.spec.generation

    def workers(self) -> list[Worker]:
        """Those that have a process now."""
        return [slot.worker for slot in self._slots if slot.worker is not None]

    def all_are(self, state: str) -> bool:
        """Say whether every slot has a worker in *state*."""
        return all(slot.worker is not None and slot.worker.state == state for slot in self._slots)

    @property
    def accepts(self) -> bool:
        """Say whether a worker may still take connections."""
        return any(worker.state != "draining" for worker in self.workers())

    def statuses(self) -> Iterator[WorkerStatus]:
        """Describe every slot that has a worker or waits for one."""
        for slot in self._slots:
            state = slot.worker.state if slot.worker else "backing off"
            if slot.worker or self.phase == "serving":
                yield {
                    "slot": slot.number,
                    "pid": slot.pid,
                    "generation": self.number,
                    "state": state,
                    "restarts": slot.restarts,
                }

    def start(self) -> None:
        """Start a worker in every slot."""
        for slot in self._slots:
            self._start(slot)

    def enter(self) -> None:
        """Let all workers accept."""
        self.phase = "entering"
        for slot in self._slots:
            if slot.worker is not None:
                slot.worker.say({"command": "serve"})
                self._host.loop.after(self.spec.ready_timeout_s, partial(self._on_late, slot, slot.worker, "ready"))

    def settle(self) -> None:
        """From now on a dead worker is restarted."""
        self.phase = "serving"

    def retire(self, idle_grace_s: float) -> None:
        """Let every worker finish what it accepted; kill what is left after the drain limit."""
        self.phase = "retiring"
        for worker in self.workers():
            if worker.state == "serving":
                worker.say({"command": "drain", "idle_grace_s": idle_grace_s})
            elif worker.state != "draining":
                worker.kill()  # it has accepted nothing
        self._host.loop.after(self.spec.drain_timeout_s, self._kill_late)

    def kill(self) -> None:
        """End all workers now."""
        self.phase = "retiring"
        for worker in self.workers():
            worker.kill()

    def reap(self, pid: int, exit_code: int) -> bool:
        """Take note of the end of *pid*; False when it is none of ours."""
        slot = next((each for each in self._slots if each.worker is not None and each.worker.pid == pid), None)
        if slot is None or slot.worker is None:
            return False
        worker, slot.worker = slot.worker, None
        worker.process.returncode = worker.exit_code = exit_code  # reaped by the supervisor, not by Popen
        worker.listen()
        self._disconnect(worker)
        self._bury(slot, worker)
        self._changed(self)
        return True

    def _start(self, slot: Slot) -> None:
        try:
            worker = Worker.start(self.spec, slot.number, self._host.sockets[slot.number])
        except OSError as error:
            self._missed(slot, f"worker {slot.number} could not be started: {error}")
            return
        slot.worker, slot.pid, slot.serving_since = worker, worker.pid, None
        loop = self._host.loop
        loop.watch(worker.control.fileno(), partial(self._on_control, slot, worker))
        splitter = LineSplitter(self._host.log.write)
        loop.watch(worker.output, partial(self._on_output, worker.output, splitter))
        loop.after(self.spec.ready_timeout_s, partial(self._on_late, slot, worker, "starting"))

    def _on_control(self, slot: Slot, worker: Worker) -> None:
        before = worker.state
        if not worker.listen():
            self._disconnect(worker)
            worker.kill()  # it is ending anyway, or a script closed the line: then nobody can tell it to drain
        if worker.state == before:
            return
        if worker.state == "ready" and self.phase == "serving":
            worker.say({"command": "serve"})  # a restarted one has nobody to wait for
        if worker.state == "serving":
            slot.serving_since = time.monotonic()
        self._changed(self)

    def _disconnect(self, worker: Worker) -> None:
        if worker.control.fileno() >= 0:
            self._host.loop.unwatch(worker.control.fileno())
            worker.control.close()

    def _on_output(self, descriptor: int, splitter: LineSplitter) -> None:
        chunk = os.read(descriptor, CHUNK)
        if chunk:
            splitter.feed(chunk)
            return
        splitter.close()
        self._host.loop.unwatch(descriptor)
        os.close(descriptor)

    def _on_late(self, slot: Slot, worker: Worker, stuck_in: str) -> None:
        if slot.worker is not worker or worker.state != stuck_in:
            return
        reason = f"worker {slot.number} was still {stuck_in} after {self.spec.ready_timeout_s:g} s"
        self._host.log.say(f"{reason}: killing pid {worker.pid}")
        worker.reason = reason
        worker.kill()

    def _kill_late(self) -> None:
        for worker in self.workers():
            limit = self.spec.drain_timeout_s
            self._host.log.say(f"worker {worker.slot} (pid {worker.pid}) did not finish within {limit:g} s: killed")
            worker.kill()

    def _bury(self, slot: Slot, worker: Worker) -> None:
        ending = _ending(worker)
        if self.phase == "retiring":
            return
        self._host.log.say(f"worker {slot.number} (pid {slot.pid}) of generation {self.number} {ending}")
        self._missed(slot, worker.reason or f"worker {slot.number} {ending}")

    def _missed(self, slot: Slot, reason: str) -> None:
        """Take note that *slot* has no worker."""
        if self.phase != "serving":
            self.failure = self.failure or reason
            return
        if slot.serving_since is not None and time.monotonic() - slot.serving_since >= STEADY_AFTER_S:
            slot.delay_s = FIRST_DELAY_S
        self._host.log.say(f"worker {slot.number} is started again in {slot.delay_s:g} s")
        self._host.loop.after(slot.delay_s, partial(self._restart, slot))
        slot.delay_s = min(slot.delay_s * 2, LONGEST_DELAY_S)

    def _restart(self, slot: Slot) -> None:
        if self.phase == "serving":
            slot.restarts += 1
            self._start(slot)
            self._changed(self)


def _ending(worker: Worker) -> str:
    code = worker.exit_code or 0
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
