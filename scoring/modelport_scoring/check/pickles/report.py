"""What a scan found."""

from dataclasses import dataclass, field
from typing import Final

SCANNER: Final = 1
"""Version of the scan's rules: raised when the same file may be judged otherwise."""
FINDINGS_LIMIT: Final = 20
"""More tell a reader nothing new."""
OPCODES_LIMIT: Final = 200_000_000
"""Of one file, minutes of reading; a vocabulary of a million words takes 5 million."""
UNREADABLE: Final = "(unreadable)"


class BrokenPickleError(Exception):
    """The unpickler fails here: a finding where the bytes are said to be a pickle. The text says why."""


class UndecidedError(BrokenPickleError):
    """The unpickler may well go on where the scan cannot: always a finding. The text says why."""


@dataclass(frozen=True)
class PickleFinding:
    """One thing that a pickle would do and that is no part of restoring a model."""

    file: str
    """Path in the model; a member of an archive follows after ``!``."""
    position: int
    """Byte offset in the pickle, unpacked."""
    what: str
    """The callable as ``module.name``, or in brackets what is in its place."""
    why: str


@dataclass(frozen=True)
class PickleScan:
    """What one file, or several together, hold."""

    pickles: int = 0
    """How many streams were read as pickles."""
    findings: tuple[PickleFinding, ...] = ()
    packages: frozenset[str] = frozenset()
    """Top-level packages that the pickles name."""
    sklearn_version: str | None = None
    """The release of scikit-learn that wrote them, where they say so."""


@dataclass
class Report:
    """Gathers what the scan of one file finds."""

    file: str
    pickles: int = 0
    arrays: int = 0
    """How many arrays of joblib's came by."""
    findings: dict[tuple[str, str], PickleFinding] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)
    sklearn_version: str | None = None
    opcodes_left: int = OPCODES_LIMIT

    def find(self, position: int, what: str, why: str, member: str = "") -> None:
        """Take note of *what*; of the same finding only the first place is kept, and no more than the limit."""
        file = f"{self.file}!{member}" if member else self.file
        if len(self.findings) < FINDINGS_LIMIT:
            self.findings.setdefault((file, what), PickleFinding(file, position, what, why))

    def scan(self) -> PickleScan:
        """Give what was gathered."""
        found = tuple(self.findings.values())
        return PickleScan(self.pickles, found, frozenset(self.packages), self.sklearn_version)
