"""
The engine's own copy of a stack's settings.

The engine adds a salt to the file that it is given and reflows the rest (``3.10`` becomes ``3.1``). The tracked file
must stay as it is, so the engine gets a copy under `.modelport/`, and the salt lives there.
"""

import re
from pathlib import Path

from modelport.errors import ModelportError
from modelport.files import replace_file

SECRETS_LINE = re.compile(r"^(?:encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
"""What the engine writes about its secrets provider: top-level scalars, one line each."""
SECURE_LEAF = re.compile(r"^[^#\n]*\bsecure:\s", re.MULTILINE)


def generate(tracked: Path, generated: Path) -> None:
    """
    Write *tracked* to *generated*, with the secrets lines that *generated* already had.

    The tracked file's own secrets lines are kept instead when they are what its values were encrypted with. A missing
    *tracked* counts as empty. Raises `ModelportError` when either file cannot be read or written.
    """
    try:
        settings = tracked.read_text(encoding="utf-8") if tracked.exists() else ""
        earlier = generated.read_text(encoding="utf-8") if generated.exists() else ""
        content = settings if has_own_secrets(settings) else with_secrets_of(earlier, settings)
        if content != earlier:
            replace_file(generated, content)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot copy {tracked} to {generated}: {error}"
        raise ModelportError(msg) from error


def has_own_secrets(settings: str) -> bool:
    """Whether *settings* hold encrypted values, or name a secrets provider other than a passphrase."""
    return bool(SECURE_LEAF.search(settings)) or any(
        not line.startswith("encryptionsalt:") for line in SECRETS_LINE.findall(settings)
    )


def with_secrets_of(source: str, settings: str) -> str:
    """Put the secrets lines of *source* in the place of those of *settings*."""
    body = SECRETS_LINE.sub("", settings)
    lines = "".join(f"{line.rstrip()}\n" for line in SECRETS_LINE.findall(source))
    separator = "\n" if lines and body and not body.endswith("\n") else ""
    return f"{body}{separator}{lines}"
