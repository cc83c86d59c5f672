"""Figures and the table they are shown in."""

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

KIB_PER_GIB = 1 << 20
FIGURES_HEAD = "| what | median | runs | from, to | target | met |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Figure:
    """One measured thing: the median of *values*, in *unit*, against a *target* where there is one."""

    what: str
    values: tuple[float, ...]
    unit: str
    target: float | None = None

    @property
    def median(self) -> float:
        """Middle of the values."""
        return statistics.median(self.values)

    def row(self) -> str:
        """Write the figure as a row of a Markdown table."""
        spread = f"{min(self.values):.2f} to {max(self.values):.2f}" if len(self.values) > 1 else ""
        target = "" if self.target is None else f"{self.target:g} {self.unit}".rstrip()
        met = "" if self.target is None else ("yes" if self.median <= self.target else "**no**")
        median = f"{self.median:.2f} {self.unit}".rstrip()
        return f"| {self.what} | {median} | {len(self.values)} | {spread} | {target} | {met} |"


def report(figures: Sequence[Figure]) -> str:
    """Write the table, below a line that says when and on what it was measured."""
    rows = "\n".join(figure.row() for figure in figures)
    return f"{conditions()}\n\n{FIGURES_HEAD}\n{rows}"


def conditions() -> str:
    """Say when, on what machine and with which versions: figures of two machines do not compare."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    python = ".".join(map(str, sys.version_info[:3]))
    packages = ", ".join(f"{name} {version(name)}" for name in ("pulumi", "pydantic", "uvicorn"))
    machine = f"{os.cpu_count()} cores, {memory_gib():.0f} GiB of memory, {platform.system()} {platform.machine()}"
    load = f"load average {os.getloadavg()[0]:.1f} at the end"
    return f"Measured on {day}: {machine}, {load}; Python {python}, {packages}."


def memory_gib() -> float:
    """Memory of this machine in GiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024 / KIB_PER_GIB
