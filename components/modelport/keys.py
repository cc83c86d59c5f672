"""The form in which a service's keys reach its processes, and how long they are."""

import hashlib
from typing import Final

KEY_BYTES: Final = 16
"""Random bytes of a generated key; 32 hexadecimal characters, as Azure ML's keys have."""
KEY_LENGTHS: Final = range(16, 257)
"""Characters that a key of one's own may have."""


def key_digest(key: str) -> str:
    """sha256 of *key* in hexadecimal: all that a process is told."""
    return hashlib.sha256(key.encode()).hexdigest()
