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
