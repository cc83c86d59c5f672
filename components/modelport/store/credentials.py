"""Who we are to a registry: found by host when it asks, kept in memory, never part of a resource."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from modelport.errors import InputError
from modelport.store.docker_credentials import docker_login
from modelport.store.entra import entra_token, is_azure
from modelport.store.login import Login

REGISTRIES: Final = "registries"
"""The provider's configuration key: host to ``{username, password}``."""


@dataclass(frozen=True)
class Found:
    """A login, or none; *notes* say why sources that might have had one had not."""

    login: Login | None
    notes: tuple[str, ...] = ()

    @property
    def tried(self) -> str:
        """Say what was tried, for an error; nothing secret."""
        shown = f"the credentials from {self.login.source}" if self.login else "no credentials"
        return "; ".join([shown, *self.notes])


@dataclass(frozen=True)
class Credentials:
    """Logins by host: *configured* ones first, then Entra for Azure's registries, then Docker's, then none."""

    configured: Mapping[str, Login] = field(default_factory=dict)

    def find(self, host: str, *, plain: bool) -> Found:
        """Find the login for *host*; *plain* is a connection without TLS, over which no Entra token goes."""
        sources: list[Callable[[str], Login | str | None]] = [self.configured.get]
        if is_azure(host) and not plain:
            sources.append(entra_token)
        return _first(source(host) for source in [*sources, docker_login])


def configured_logins(value: object) -> dict[str, Login]:
    """Read the value of `REGISTRIES`. Raises `InputError`, which quotes hosts but no value."""
    if not isinstance(value, Mapping):
        raise InputError(REGISTRIES, "must map hosts to {username, password}")
    return {str(host): _configured(str(host), entry) for host, entry in value.items()}


def _configured(host: str, entry: object) -> Login:
    if isinstance(entry, Mapping) and set(entry) == {"username", "password"}:
        username, password = entry["username"], entry["password"]
        if isinstance(username, str) and isinstance(password, str) and username and password:
            return Login(f"modelport:{REGISTRIES}", username, password)
    place = f"{REGISTRIES}.{host}"
    raise InputError(place, "must have username and password, both texts, and nothing else")


def _first(found: Iterable[Login | str | None]) -> Found:
    """Take the first login; texts before it are notes. Later sources are not asked."""
    notes: list[str] = []
    for each in found:
        if isinstance(each, Login):
            return Found(each)
        if each:
            notes.append(each)
    return Found(None, tuple(notes))
