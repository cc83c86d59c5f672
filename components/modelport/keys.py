"""The form in which a service's keys reach its processes, and how long they are."""

import hashlib
from typing import Final

KEY_BYTES: Final = 16
"""Random bytes of a generated key; 32 hexadecimal characters, as Azure ML's keys have."""
KEY_LENGTHS: Final = range(16, 257)
"""Characters that a key of one's own may have."""


KEY_RULE: Final = f"{KEY_LENGTHS[0]} to {KEY_LENGTHS[-1]} visible ASCII characters without spaces"
"""It travels in a header."""


def is_usable(key: str) -> bool:
    """Tell whether callers can send *key*."""
    return len(key) in KEY_LENGTHS and all("!" <= letter <= "~" for letter in key)


def key_digest(key: str) -> str:
    """sha256 of *key* in hexadecimal: all that a process is told."""
    return hashlib.sha256(key.encode()).hexdigest()
