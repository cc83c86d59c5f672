"""What serving takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resources:
    """Cores, gigabytes of memory and whole GPUs; ``None`` where nobody said."""

    cpu: float | None = None
    memory_gb: float | None = None
    gpu: int | None = None
