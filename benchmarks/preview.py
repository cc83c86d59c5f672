"""What a preview of the dev stack costs over that of an empty Python program."""

from pathlib import Path

from modelport.cli.engine import Engine
from modelport.cli.project import find_project

from benchmarks.clone import Clone, Stopwatch, checked
from benchmarks.report import Figure

RUNS = 5
EMPTY_PROJECT = """\
name: empty
runtime:
  name: python
  options:
    virtualenv: {virtualenv}
"""


def measure_preview(clone: Clone, folder: Path) -> list[Figure]:
    """Alternate both previews, so that a machine that slows down slows both; the first pair only warms up."""
    engine = Engine(find_project(clone.root), "dev", clone.environment)
    settings = ["--stack", "dev", "--config-file", str(engine.config_file)]
    dev = [engine.pulumi, "preview", *settings]
    environment = {**engine.environment, "PATH": f"{clone.root}/.venv/bin:{engine.environment['PATH']}"}
    empty_environment = _empty_program(clone, folder / "empty", engine.pulumi, environment)
    ours, theirs = [], []
    for _ in range(RUNS + 1):
        theirs.append(_spent([engine.pulumi, "preview", "--stack", "dev"], folder / "empty", empty_environment))
        ours.append(_spent(dev, clone.root, environment))
    (empty_s, empty_cpu_s), (dev_s, dev_cpu_s) = zip(*theirs[1:], strict=True), zip(*ours[1:], strict=True)
    return [
        Figure("`pulumi preview`, empty program", empty_s, "s"),
        Figure("`pulumi preview`, dev stack", dev_s, "s"),
        Figure("dev stack over empty program", _ratios(dev_s, empty_s), "", target=1.6),
        Figure("the same in processor time", _ratios(dev_cpu_s, empty_cpu_s), ""),
    ]


def _ratios(ours: tuple[float, ...], theirs: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(mine / other for mine, other in zip(ours, theirs, strict=True))


def _empty_program(clone: Clone, folder: Path, pulumi: str, environment: dict[str, str]) -> dict[str, str]:
    """Make a project that imports nothing, run by the same interpreter, with a state of its own."""
    folder.mkdir()
    project = EMPTY_PROJECT.format(virtualenv=clone.root / ".venv")
    (folder / "Pulumi.yaml").write_text(project, encoding="utf-8")
    (folder / "__main__.py").write_text('"""Declares nothing."""\n', encoding="utf-8")
    own = {**environment, "PULUMI_BACKEND_URL": folder.as_uri()}
    checked([pulumi, "stack", "init", "dev", "--non-interactive"], folder, own)
    return own


def _spent(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Run *command* and return seconds on the clock and of the processor."""
    watch = Stopwatch()
    checked([*command, "--non-interactive"], folder, environment)
    return watch.seconds, watch.processor_seconds
