"""A generation: the workers that run one specification."""

from collections.abc import Sequence

from modelport_scoring import wire
from modelport_scoring.supervisor.worker import Worker

_FIRST_DELAY_S = 0.1
_LONGEST_DELAY_S = 30.0
_STEADY_S = 60.0
"""A worker that has served this long is no part of a series of crashes."""


def restart_delay_s(restarts: int) -> float:
    """Seconds to wait before the next start after *restarts* crashes in a row: doubling, bounded."""
    return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(restarts, 20))


def crashes_in_a_row(worker: Worker, now: float) -> int:
    """Count the crash of *worker* unless it had served long enough."""
    steady = worker.serving_since is not None and now - worker.serving_since >= _STEADY_S
    return 0 if steady else worker.restarts + 1


class Generation:
    """The workers of one specification, one per slot; a slot is empty while its worker waits to be restarted."""

    def __init__(self, spec: wire.SupervisorSpec) -> None:
        self.spec = spec
        self.workers: dict[int, Worker] = {}
        self.restart_at: dict[int, tuple[float, int]] = {}
        """By slot: when to start a worker again, and how many crashes it had."""

    @property
    def number(self) -> int:
        """The generation's number."""
        return self.spec["generation"]

    def all_are(self, state: str) -> bool:
        """Tell whether every slot has a worker in *state*."""
        return len(self.workers) == self.spec["workers"] and all(
            worker.state == state for worker in self.workers.values()
        )

    def drop(self, worker: Worker) -> bool:
        """Take *worker* out; tell whether it was one of ours."""
        if self.workers.get(worker.slot) is not worker:
            return False
        del self.workers[worker.slot]
        return True

    def schedule_restart(self, worker: Worker, now: float) -> None:
        """Have the slot of a crashed *worker* filled again after its delay."""
        crashes = crashes_in_a_row(worker, now)
        self.restart_at[worker.slot] = (now + restart_delay_s(crashes - 1 if crashes else 0), crashes)

    def due(self, now: float) -> Sequence[tuple[int, int]]:
        """Take the slots whose time has come, with the crashes each had."""
        ready = [(slot, crashes) for slot, (when, crashes) in self.restart_at.items() if when <= now]
        for slot, _ in ready:
            del self.restart_at[slot]
        return ready
