"""Tables of images: who brought them in what time, what they hold."""

import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.image_runs import ImageRun
from benchmarks.report import FIGURES_HEAD, Figure, conditions
from tools import services

OURS = "modelport"
FASTER = 10
"""How many times as fast as Docker a changed script has to be there."""
SCRIPT_KB = 100
"""What a changed script may move."""
_KB, _MB = 1e3, 1e6
_KINDS = ("base", "environment", "runtime", "model", "script", "links")


@dataclass(frozen=True)
class Brought:
    """One image that *who* brought into a registry: seconds in all and by part, and bytes that are new there."""

    case: str
    who: str
    seconds: float
    parts: dict[str, float]
    pushed: int


def image_report(brought: Sequence[Brought], runs: Sequence[ImageRun]) -> str:
    """Write conditions, targets and tables."""
    figures = "\n".join([FIGURES_HEAD, *(figure.row() for figure in targets(brought))])
    return "\n\n".join([_conditions(), figures, cases_table(brought), runs_table(runs)])


def targets(brought: Sequence[Brought]) -> list[Figure]:
    """Hold a changed script against what it may take: each run against Docker's of the same round."""
    script = [each for each in brought if each.case == "script change"]
    ours = [each for each in script if each.who == OURS]
    found = [Figure("script change, pushed", tuple(each.pushed / _KB for each in ours), "kB", target=SCRIPT_KB)]
    for who in _names(script)[1:]:
        theirs = [each.seconds for each in script if each.who == who]
        for what, spent in (("modelport", _totals(ours)), ("the image alone", [each.parts["image"] for each in ours])):
            ratios = tuple(mine / other for mine, other in zip(spent, theirs, strict=True))
            found.append(Figure(f"script change, {what} over {who}", ratios, "", target=1 / FASTER))
    return found


def cases_table(brought: Sequence[Brought]) -> str:
    """Write a row for each case and each who brought it: medians, the parts' too."""
    rows = ["| case | by | median | runs | from, to | of which | pushed |", "|---|---|---|---|---|---|---|"]
    pairs = dict.fromkeys((each.case, each.who) for each in brought)
    measured = {pair: [each for each in brought if (each.case, each.who) == pair] for pair in pairs}
    return "\n".join([*rows, *(_row(*pair, runs) for pair, runs in measured.items())])


def runs_table(runs: Sequence[ImageRun]) -> str:
    """Write a row for each image: megabytes of each kind of layer, and its first answer."""
    rows = [f"| image | {' | '.join(_KINDS)} | ours | all | first answer |", f"|{'---|' * (len(_KINDS) + 4)}"]
    for run in runs:
        total = sum(run.sizes.values())
        sizes = [*(run.sizes.get(kind, 0) for kind in _KINDS), total - run.sizes["base"], total]
        shown = " | ".join(f"{size / _MB:.{1 if size >= _MB else 4}f}" for size in sizes)
        rows.append(f"| {run.service} | {shown} | {statistics.median(run.answered_s):.2f} s |")
    return "\n".join(rows)


def _row(case: str, who: str, measured: Sequence[Brought]) -> str:
    seconds = _totals(measured)
    parts = {name: statistics.median(each.parts[name] for each in measured) for name in measured[0].parts}
    shown = ", ".join(f"{name} {value:.2f}" for name, value in parts.items())
    pushed = f"{statistics.median(each.pushed for each in measured) / _KB:,.1f} kB"
    spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
    return f"| {case} | {who} | {statistics.median(seconds):.2f} s | {len(seconds)} | {spread} | {shown} | {pushed} |"


def _totals(measured: Sequence[Brought]) -> list[float]:
    return [each.seconds for each in measured]


def _names(brought: Sequence[Brought]) -> list[str]:
    return list(dict.fromkeys(each.who for each in brought))


def _conditions() -> str:
    program = services.find("docker-registry")
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout.split()
    registry = f"docker-registry {said[-1]}" if said else "docker-registry"
    return f"{conditions()} Docker {services.docker_version()}, {registry}."
