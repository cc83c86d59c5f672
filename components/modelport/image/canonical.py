"""One way to turn plain data into bytes, and bytes into a digest."""

import hashlib
import json


def digest_of(document: object) -> str:
    """Hash plain data: sha256, in hexadecimal, of its JSON with sorted keys and no blanks."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
