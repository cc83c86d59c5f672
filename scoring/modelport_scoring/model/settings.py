"""What models without a script are told, by the environment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROVIDERS: Final = ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider")
SHORT: Final = {"tensorrt": PROVIDERS[0], "cuda": PROVIDERS[1], "cpu": PROVIDERS[2]}
"""Names of ONNX Runtime's execution providers as settings spell them."""


@dataclass(frozen=True)
class ModelSettings:
    """How models are loaded."""

    onnx_threads: int = 1
    """Workers are the parallelism; more threads are for large models and few callers."""
    onnx_providers: tuple[str, ...] = PROVIDERS
    """In the order of trying."""
    memory_mb: int | None = None
    """What the models of one process may take together; the least recently used goes. None: no bound."""
    digests_file: Path | None = None
    """JSON, path of a file in the model's folder to ``sha256:<hex>``. None: files are taken as they are."""


def providers(text: str) -> tuple[str, ...]:
    """Read names separated by commas. Raises `ValueError` for one that is not known, or twice there."""
    names = tuple(SHORT.get(name.strip().lower(), "") for name in text.split(","))
    if "" in names or len(set(names)) < len(names):
        raise ValueError(text)
    return names
