"""
Answers a registry's question who we are: Basic, or tokens of a token service.

Source: the distribution project's token and OAuth2 specifications; for Azure its registry's authentication document.
"""

import base64
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from modelport.store.credentials import Credentials, Found
from modelport.store.login import Login, LoginKind
from modelport.store.registry_errors import LATER, RegistryDeniedError, RegistryError, UnreachableRegistryError

Scopes = tuple[str, ...]
"""What is asked for: ``repository:<name>:pull,push``, or several of them for a mount."""

_CLIENT: Final = "modelport"
_DEFAULT_LIFE_S: Final = 60
_MARGIN: Final = 0.2
"""Part of a token's life that is not used: requests take time, and clocks differ."""
_PARAMETER = re.compile(r'([a-zA-Z_]+)="([^"]*)"')
_REFUSED: Final = frozenset({401, 403})
_NO_FORM: Final = frozenset({404, 405})


class TokenService(Protocol):
    """Sends one request to a token service: gives status and JSON, less than a megabyte."""

    def __call__(
        self, method: str, url: str, fields: list[tuple[str, str]], authorization: str | None
    ) -> tuple[int, Mapping[str, Any]]:
        """Send *fields* as the query of a GET or the form of a POST."""
        ...


@dataclass(frozen=True)
class Challenge:
    """What ``WWW-Authenticate`` asks for."""

    scheme: str
    realm: str = ""
    service: str = ""

    @classmethod
    def read(cls, header: str) -> "Challenge":
        """Read the header; an unknown scheme is an empty challenge."""
        scheme, _, rest = header.strip().partition(" ")
        said = {key.lower(): value for key, value in _PARAMETER.findall(rest)}
        return cls(scheme.lower(), said.get("realm", ""), said.get("service", ""))


class Authorizer:
    """Headers for one registry; finds the login once, when it is asked for, and keeps tokens until they expire."""

    def __init__(
        self,
        host: str,
        credentials: Credentials,
        service: TokenService,
        *,
        plain: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._credentials = credentials
        self._service = service
        self._plain = plain
        self._now = now
        self._found: Found | None = None
        self._challenge: Challenge | None = None
        self._tokens: dict[Scopes, tuple[str, float]] = {}
        self._refresh: str | None = None
        self._lock = threading.RLock()

    @property
    def tried(self) -> str:
        """Say whose credential was shown, for errors."""
        return self._find().tried

    def header(self, scopes: Scopes) -> str | None:
        """Give the header for *scopes*, as far as the registry's wishes are known; ``None`` before it asked."""
        with self._lock:
            if self._challenge is None:
                return None
            return self._basic() if self._challenge.scheme == "basic" else self._bearer(scopes, self._challenge)

    def answer(self, header: str, scopes: Scopes) -> bool:
        """Take in a 401's ``WWW-Authenticate``; say whether asking again makes sense."""
        with self._lock:
            challenge = Challenge.read(header)
            if challenge.scheme not in {"basic", "bearer"}:
                return False
            self._tokens.pop(scopes, None)
            self._challenge = challenge
            return challenge.scheme == "bearer" or self._find().login is not None

    def _find(self) -> Found:
        with self._lock:
            if self._found is None:
                self._found = self._credentials.find(self._host, plain=self._plain)
            return self._found

    def _basic(self) -> str | None:
        login = self._find().login
        return _basic(login) if login else None

    def _bearer(self, scopes: Scopes, challenge: Challenge) -> str:
        token, until = self._tokens.get(scopes, ("", 0.0))
        if not token or self._now() >= until:
            token, life_s = self._token(scopes, challenge)
            self._tokens[scopes] = (token, self._now() + life_s * (1 - _MARGIN))
        return f"Bearer {token}"

    def _token(self, scopes: Scopes, challenge: Challenge) -> tuple[str, float]:
        if not self._plain and urlsplit(challenge.realm).scheme != "https":
            msg = f"registry {self._host} names a token service without TLS; nothing was sent to it"
            raise RegistryError(msg)
        said = self._asked(scopes, challenge)
        token = said.get("token") or said.get("access_token")
        if not isinstance(token, str):
            msg = f"registry {self._host}: its token service answers without a token"
            raise RegistryError(msg)
        life = said.get("expires_in")
        return token, float(life) if isinstance(life, int | float) and life > 0 else _DEFAULT_LIFE_S

    def _asked(self, scopes: Scopes, challenge: Challenge) -> Mapping[str, Any]:
        login = self._find().login
        if login is not None and login.kind is not LoginKind.PASSWORD:
            return self._form(scopes, challenge, ("refresh_token", self._refresh_token(login)))
        fields = [("service", challenge.service), ("client_id", _CLIENT), *(("scope", scope) for scope in scopes)]
        account = [("account", login.username)] if login else []
        status, said = self._service("GET", challenge.realm, fields + account, _basic(login) if login else None)
        if status in _NO_FORM and login is not None:  # some services have the OAuth2 form only
            return self._form(scopes, challenge, ("username", login.username), ("password", login.secret))
        return self._checked(status, said, scopes)

    def _form(self, scopes: Scopes, challenge: Challenge, *secret: tuple[str, str]) -> Mapping[str, Any]:
        """Use the OAuth2 form; the grant is named like the field with the secret."""
        fields = [("grant_type", secret[-1][0]), ("service", challenge.service), ("client_id", _CLIENT)]
        status, said = self._service("POST", challenge.realm, [*fields, ("scope", " ".join(scopes)), *secret], None)
        return self._checked(status, said, scopes)

    def _refresh_token(self, login: Login) -> str:
        """Give the registry's own refresh token; Azure gives one for a token of Entra, and it lives for hours."""
        if login.kind is LoginKind.IDENTITY_TOKEN:
            return login.secret
        if self._refresh is None:
            fields = [("grant_type", "access_token"), ("service", self._host), ("access_token", login.secret)]
            status, said = self._service("POST", f"https://{self._host}/oauth2/exchange", fields, None)
            self._refresh = str(self._checked(status, said, ()).get("refresh_token"))
        return self._refresh

    def _checked(self, status: int, said: Mapping[str, Any], scopes: Scopes) -> Mapping[str, Any]:
        if status in LATER:
            raise UnreachableRegistryError(self._host, f"its token service answers with status {status}")
        if status in _REFUSED:
            raise RegistryDeniedError(self._host, subject_of(scopes), status, self.tried)
        if status != 200:  # noqa: PLR2004 - HTTP's OK
            msg = f"registry {self._host}: no token for {subject_of(scopes)} (status {status})"
            raise RegistryError(msg)
        return said


def subject_of(scopes: Scopes) -> str:
    """Say in words what *scopes* ask for."""
    names = [f"{kind} {name!r} ({actions})" for kind, _, rest in (scope.partition(":") for scope in scopes)
             for name, _, actions in [rest.rpartition(":")]]  # fmt: skip
    return " and ".join(names) or "the registry"


def _basic(login: Login) -> str:
    return "Basic " + base64.b64encode(f"{login.username}:{login.secret}".encode()).decode()
