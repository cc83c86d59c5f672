"""Run every measurement in one fresh clone; print the table and write it into `docs/bench.md`."""

import sys
import tempfile
from pathlib import Path

from benchmarks.clone import ROOT, Clone
from benchmarks.first_answer import measure_first_answer, measure_second_up
from benchmarks.preview import measure_preview
from benchmarks.report import report
from benchmarks.swap import measure_swaps
from tools.marked_block import write_block

PAGE = ROOT / "docs" / "bench.md"


def main() -> int:
    """Measure, report, and leave nothing behind; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="modelport-bench-") as folder, Clone(Path(folder)) as clone:
        figures = [measure_first_answer(clone), measure_second_up(clone)]
        figures += measure_preview(clone, Path(folder))
        figures += measure_swaps(clone)
    text = report(figures)
    print(text)
    write_block(PAGE, "figures", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
