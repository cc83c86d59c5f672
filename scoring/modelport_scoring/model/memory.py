"""What this process takes of the machine's memory."""

import ctypes
import gc
import os
from pathlib import Path
from typing import Final

STATM: Final = Path("/proc/self/statm")


def resident_bytes() -> int:
    """Give the bytes in memory now; 0 where the system does not tell."""
    try:
        pages = int(STATM.read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Return what is free to the system: the C library keeps it otherwise, and a bound on memory would not hold."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)
