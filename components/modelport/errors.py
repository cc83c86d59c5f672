"""Errors that a user reads: one line each, no traceback."""

from collections.abc import Iterable


class ModelportError(Exception):
    """Something a user can mend. The text names the subject, the value, the bound and the way out."""


class InputError(ModelportError):
    """An input is wrong. *property_path* is the camelCase path of the input, as the engine prints it."""

    def __init__(self, property_path: str, reason: str) -> None:
        super().__init__(f"{property_path}: {reason}" if property_path else reason)
        self.property_path = property_path
        self.reason = reason


class InvalidInputsError(ModelportError):
    """Every wrong input of one resource, reported together."""

    def __init__(self, failures: Iterable[InputError]) -> None:
        self.failures = tuple(failures)
        super().__init__("\n".join(str(failure) for failure in self.failures))


class CancelledError(ModelportError):
    """The user cancelled (Ctrl-C); what was begun is put back before this is raised."""

    def __init__(self) -> None:
        super().__init__("cancelled")
