"""How long a change takes until the new version serves: of the script, of the model."""

import subprocess
import sys

from benchmarks.clone import Clone, Stopwatch
from benchmarks.report import Figure

SWAPS = 3
SCRIPT = "examples/diabetes/score.py"
TRAINING = "examples/diabetes/train.py"


def measure_swaps(clone: Clone) -> list[Figure]:
    """Change script and model in turn; each `make up` returns when the new version serves."""
    scripts, models = [], []
    for _ in range(SWAPS):
        clone.edit(SCRIPT, '"""Answer', '"""Answer,')
        scripts.append(_up(clone))
        clone.edit(TRAINING, "Ridge(alpha=0.", "Ridge(alpha=0.0")
        subprocess.run([sys.executable, TRAINING], cwd=clone.root, check=True)
        models.append(_up(clone))
    return [
        Figure("`make up` with a changed script", tuple(scripts), "s"),
        Figure("`make up` with a changed model", tuple(models), "s"),
    ]


def _up(clone: Clone) -> float:
    watch = Stopwatch()
    clone.run("make", "up")
    return watch.seconds
