"""From `git clone` to the first answer, and an `up` that changes nothing."""

import re

from benchmarks.clone import Clone, CommandFailedError, Stopwatch
from benchmarks.report import Figure

CURL_LINE = re.compile(r"^  (curl .*)$", re.MULTILINE)
SECOND_UPS = 3


def measure_first_answer(clone: Clone) -> Figure:
    """Clone, `make up`, and call one service with the line that was printed. The clone is up afterwards."""
    watch = Stopwatch()
    clone.make()
    printed = CURL_LINE.search(clone.run("make", "up"))
    if printed is None:
        msg = "`make up` printed no curl line"
        raise CommandFailedError(msg)
    clone.run("bash", "-c", f"{printed[1]} --fail")
    return Figure("clone, `make up`, first answer", (watch.seconds,), "s", target=30)


def measure_second_up(clone: Clone) -> Figure:
    """Bring up what is up already."""
    values = []
    for _ in range(SECOND_UPS):
        watch = Stopwatch()
        clone.run("make", "up")
        values.append(watch.seconds)
    return Figure("`make up` again, no changes", tuple(values), "s", target=6)
