"""What can go wrong with a model or a registration, as its user reads it."""

from modelport.errors import ModelportError


class ArchiveError(ModelportError):
    """An archive cannot be unpacked, or must not be."""


class ModelNameError(ModelportError):
    """A model's name breaks Azure ML's rule."""


class RegistrationError(ModelportError):
    """A registration contradicts what is registered."""


class UnknownModelError(ModelportError):
    """No such model, or no such version of it."""


class ModelInUseError(ModelportError):
    """A version is what a service runs."""


class OverwrittenVersionError(ModelportError):
    """A version's tag has been given another meaning by somebody: never served."""

    def __init__(self, place: str, name: str, version: int, found: str) -> None:
        super().__init__(
            f"model {name}:{version} in store {place} was overwritten: tag {version} now names {found}; "
            "find out who did it, then delete that tag or push the version's record again"
        )
