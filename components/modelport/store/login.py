"""A login at a registry, apart from where it was found."""

from dataclasses import dataclass, field
from enum import StrEnum


class LoginKind(StrEnum):
    """What the secret of a login is, and so how it becomes a token."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a password
    IDENTITY_TOKEN = "identity token"  # noqa: S105 - the same
    """A refresh token of the registry, as `docker login` keeps it."""
    ENTRA = "entra token"
    """An access token of Microsoft Entra, which an Azure registry exchanges for its own."""


@dataclass(frozen=True)
class Login:
    """User and secret; *source* says where it was found, in words for an error. Its text form hides the secret."""

    source: str
    username: str
    secret: str = field(repr=False)
    kind: LoginKind = LoginKind.PASSWORD
