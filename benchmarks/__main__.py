"""
Measure in a fresh clone and in fresh projects; print the tables and write them into `docs/bench.md`.

``python -m benchmarks [stack] [images]`` measures what is named, by default all.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.clone import ROOT, Clone, CommandFailedError
from benchmarks.first_answer import measure_first_answer, measure_second_up
from benchmarks.images import measure_images
from benchmarks.preview import measure_preview
from benchmarks.report import report
from benchmarks.swap import measure_swaps
from tools.marked_block import write_block
from tools.service_errors import ServiceError

PAGE = ROOT / "docs" / "bench.md"


def measure_stack(folder: Path) -> str:
    """Measure the dev stack."""
    with Clone(folder) as clone:
        figures = [measure_first_answer(clone), measure_second_up(clone)]
        figures += measure_preview(clone, folder)
        figures += measure_swaps(clone)
    return report(figures)


MEASURED: dict[str, Callable[[Path], str]] = {"stack": measure_stack, "images": measure_images}
"""What measures a block of the page, in an empty folder."""


def main(names: list[str]) -> int:
    """Measure *names*, report, and leave nothing behind; return the exit code."""
    if unknown := sorted(set(names) - set(MEASURED)):
        print(f"benchmarks: {', '.join(unknown)} not known: name any of {', '.join(MEASURED)}", file=sys.stderr)
        return 2
    for name in names or MEASURED:
        try:
            with tempfile.TemporaryDirectory(prefix="modelport-bench-") as folder:
                text = MEASURED[name](Path(folder))
        except (CommandFailedError, ServiceError) as error:
            print(f"benchmarks: {name}: {error}", file=sys.stderr)
            return 1
        print(text)
        write_block(PAGE, name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
