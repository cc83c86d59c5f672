"""What keeps this machine from getting an engine."""


class EngineError(Exception):
    """One line that names what is missing and the way out."""
