"""What OCI has no place for: the highest number a model's name ever had, and who runs which model."""

from modelport.store.layout import LayoutIndex
from modelport.store.reference import ModelReference

_NUMBERS = "last_versions"
_REFERENCES = "references"


def last_number(index: LayoutIndex, name: str) -> int:
    """Highest number that was removed of *name*, or any higher one remembered; 0 without."""
    number: int = index.ledger.get(_NUMBERS, {}).get(name, 0)
    return number


def remember_number(index: LayoutIndex, name: str, number: int) -> None:
    """Have *number* never given again under *name*."""
    index.ledger.setdefault(_NUMBERS, {})[name] = max(number, last_number(index, name))


def set_references(index: LayoutIndex, user: str, references: list[ModelReference]) -> None:
    """Have *user* run exactly *references*; an empty list forgets the user."""
    users = index.ledger.setdefault(_REFERENCES, {})
    users.pop(user, None)
    if references:
        users[user] = sorted({_short(reference.name, reference.digest) for reference in references})


def is_user(index: LayoutIndex, user: str) -> bool:
    """Say whether *user* runs anything."""
    return user in index.ledger.get(_REFERENCES, {})


def users_of(index: LayoutIndex, name: str, digest: str) -> list[str]:
    """Who runs the model *name* with these bytes."""
    users: dict[str, list[str]] = index.ledger.get(_REFERENCES, {})
    return sorted(user for user, references in users.items() if _short(name, digest) in references)


def _short(name: str, digest: str) -> str:
    # Without the store: this one is meant, whichever way another project's path leads to it.
    return f"{name}@{digest}"
