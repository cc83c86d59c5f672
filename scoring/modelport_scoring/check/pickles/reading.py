"""What a pickle names, and whether that is a finding, given how it is going to be loaded."""

import re
from dataclasses import dataclass
from typing import Final

from modelport_scoring.check.pickles.allowed import is_allowed, is_importable, is_torch, python3_name
from modelport_scoring.check.pickles.report import Report
from modelport_scoring.check.pickles.stream import Stream
from modelport_scoring.check.pickles.values import RESULT, UNKNOWN_TEXT, WRAPPER_CLASS, Named, Value

_TRANSLATED_BELOW: Final = 3
"""Protocols of Python 2, whose names are translated."""
_PATH: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
UNTOLD: Final = "not to be told without loading it"


@dataclass(frozen=True)
class Reading:
    """How the pickle is going to be loaded."""

    member: str = ""
    """Path in an archive."""
    joblib: bool = False
    """Arrays follow their wrappers."""
    torch: bool = False
    """Torch resolves persistent ids."""
    certain: bool = True
    """False: these bytes may as well be no pickle; a name counts only once something is called."""
    again: bool = False
    """Arrays in it are read as opcodes, and memos are mixed up: most names are then no names at all."""


class Names:
    """
    Judges the names in a pickle of *stream*.

    Raises ValueError for what is no name, or no module: the unpickler fails there.
    """

    def __init__(self, stream: Stream, report: Report, reading: Reading) -> None:
        self.protocol = 0
        self._stream = stream
        self._report = report
        self._reading = reading
        self._held_back: list[tuple[int, str, str]] = []
        self._has_called = False

    def read(self) -> Value:
        """Read a module and a name, a line each."""
        at = self._stream.position - 1
        module, name = self._stream.line(), self._stream.line()
        return self._judged(module.decode(), name.decode(), at)

    def taken(self, module: Value, name: Value) -> Value:
        """Take a module and a name from the stack."""
        if isinstance(module, str) and isinstance(name, str):
            return self._judged(module, name, self._stream.position - 1)
        if RESULT not in {module, name} and UNKNOWN_TEXT not in {module, name}:
            raise ValueError  # no text
        self.find("(a computed name)", UNTOLD)
        return RESULT

    def find(self, what: str, why: str, at: int | None = None) -> None:
        """Take note of *what*; where the bytes may be no pickle, only once something is called."""
        found = (self._stream.position - 1 if at is None else at, what, why)
        if self._reading.certain or self._has_called:
            self._report.find(*found, self._reading.member)
        else:
            self._held_back.append(found)

    def call(self) -> None:
        """Take note that something is called: what was held back counts."""
        self._has_called = True
        for found in self._held_back:
            self._report.find(*found, self._reading.member)
        self._held_back.clear()

    def _judged(self, module: str, name: str, at: int) -> Value:
        if self.protocol < _TRANSLATED_BELOW:
            module, name = python3_name(module, name)
        self._check_existence(module, name)
        if self._reading.certain:
            self._report.packages.add(module.partition(".")[0])
        if not is_allowed(module, name) and not (self._reading.torch and is_torch(module, name)):
            self.find(f"{module}.{name}", "no known part of restoring a model", at)
        elif name == WRAPPER_CLASS.name and self._reading.joblib:
            return WRAPPER_CLASS
        return Named(module, name)

    def _check_existence(self, module: str, name: str) -> None:
        """Where the bytes may be no pickle, what can be no name is no finding."""
        if not self._reading.certain and not (_PATH.fullmatch(module) and _PATH.fullmatch(name)):
            raise ValueError
        if self._reading.again and not is_importable(module):
            raise ValueError
