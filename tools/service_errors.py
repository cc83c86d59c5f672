"""What keeps this machine from getting a service that tests need."""


class ServiceError(Exception):
    """One line that names what is missing and the way out."""
