"""
Requests to one registry: authorised, repeated where that can help, redirected without taking a credential along.

Our own client over `requests`, because neither oras-py nor python-dxf continues an upload or bounds its memory.
"""

import io
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from modelport.progress import Progress, silent
from modelport.store.credentials import Credentials
from modelport.store.docker_credentials import DOCKER_HUB
from modelport.store.registry_auth import Authorizer, Scopes, subject_of
from modelport.store.registry_errors import (
    LATER,
    RegistryDeniedError,
    RegistryError,
    UnreachableRegistryError,
    reason_of,
    refusal,
)

ATTEMPTS: Final = 5
_FIRST_ATTEMPTS: Final = 2
"""While a host has never answered: more likely a wrong name than a bad moment."""
_CONNECT_S: Final = 10
READ_S: Final = 60
HASHING_S: Final = 600
"""A registry hashes a blob, gigabytes perhaps, before it answers the request that completes it."""
_LONGEST_WAIT_S: Final = 120
_TELL_EVERY_S: Final = 0.5
_REDIRECTS: Final = 5
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_TOKEN_BYTES: Final = 1 << 20
_HUB_ADDRESS: Final = "registry-1.docker.io"


@dataclass(frozen=True)
class Request:
    """One request; *target* is a path below the registry, or an address that it gave. *ok*: statuses to hand on."""

    method: str
    target: str
    scopes: Scopes
    ok: frozenset[int]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    attempts: int = ATTEMPTS
    patience_s: float = READ_S
    """How long the answer may take."""
    sent: Callable[[int], None] | None = None
    """Told how many bytes of the body are on their way, many times a second; may raise."""

    @property
    def subject(self) -> str:
        """What this is about, in words."""
        return subject_of(self.scopes)


class Transport:
    """The way to *host*; *plain*: without TLS."""

    def __init__(
        self, host: str, credentials: Credentials, *, plain: bool = False, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.host = host
        self._base = f"http{'' if plain else 's'}://{_HUB_ADDRESS if host == DOCKER_HUB else host}"
        self._authorizer = Authorizer(host, credentials, self._ask_token, plain=plain)
        self._sleep = sleep
        self._local = threading.local()
        self._answered = False

    def send(self, request: Request, progress: Progress = silent) -> requests.Response:
        """
        Send *request*, again where nothing came back; gives an answer with one of its statuses, body not yet read.

        The caller closes it. Raises `RegistryDeniedError`, `UnreachableRegistryError`, `RegistryError`.
        """
        attempt = 1
        while True:
            try:
                return self._checked(request, self._authorised(request))
            except UnreachableRegistryError as error:
                if attempt >= min(request.attempts, ATTEMPTS if self._answered else _FIRST_ATTEMPTS):
                    raise
                self.wait(attempt, error, progress)
            attempt += 1

    def wait(self, attempt: int, error: UnreachableRegistryError, progress: Progress) -> None:
        """Wait before another try: as long as the registry asked for, else 1, 2, 4, ... seconds; tells *progress*."""
        seconds = min(error.retry_after_s if error.retry_after_s is not None else 2.0 ** (attempt - 1), _LONGEST_WAIT_S)
        line = f"registry {self.host}: {error.reason}; trying again ({attempt} of {ATTEMPTS - 1})"
        progress(line)
        while seconds > 0:
            self._sleep(min(seconds, _TELL_EVERY_S))
            seconds -= _TELL_EVERY_S
            progress(line)  # raises once the user has cancelled

    def address(self, target: str) -> str:
        """Complete *target*, a path or an address."""
        return urljoin(self._base, target)

    def denied(self, request: Request, status: int) -> RegistryDeniedError:
        """Make the error of an answer 401 or 403."""
        return RegistryDeniedError(self.host, request.subject, status, self._authorizer.tried)

    def _checked(self, request: Request, response: requests.Response) -> requests.Response:
        self._answered = True
        status = response.status_code
        if status in request.ok:
            return response
        with response:
            if status in LATER:
                wait_s = _retry_after_s(response.headers.get("Retry-After"))
                raise UnreachableRegistryError(self.host, f"it answers with status {status}", wait_s)
            if status in {401, 403}:
                raise self.denied(request, status)
            raise refusal(self.host, request.subject, response)

    def _authorised(self, request: Request) -> requests.Response:
        response = self._followed(request, self._authorizer.header(request.scopes))
        if response.status_code != 401:  # noqa: PLR2004 - HTTP's "who are you?"
            return response
        if not self._authorizer.answer(response.headers.get("WWW-Authenticate", ""), request.scopes):
            return response
        response.close()
        return self._followed(request, self._authorizer.header(request.scopes))

    def _followed(self, request: Request, authorization: str | None) -> requests.Response:
        """Follow redirects of reads: to storage mostly, which must not see who we are to the registry."""
        url = self.address(request.target)
        for _ in range(_REDIRECTS):
            if urlsplit(self._base).scheme == "https" != urlsplit(url).scheme:
                msg = (
                    f"registry {self.host} sends {request.subject} on to an address without TLS; nothing was sent there"
                )
                raise RegistryError(msg)
            own = _origin(url) == _origin(self._base)
            headers = {**request.headers, **({"Authorization": authorization} if authorization and own else {})}
            response = self._once(request.method, url, headers, _body(request), request.patience_s)
            if response.status_code not in _MOVED or request.method not in {"GET", "HEAD"}:
                return response
            response.close()
            url = urljoin(url, response.headers.get("Location", ""))
        msg = f"registry {self.host} redirects {request.subject} more than {_REDIRECTS} times"
        raise RegistryError(msg)

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: object, patience_s: float = READ_S
    ) -> requests.Response:
        try:
            return self._session().request(
                method,
                url,
                headers={"Accept-Encoding": "identity", **headers},
                data=body,  # type: ignore[arg-type]  # bytes, or the fields of a form
                stream=True,
                allow_redirects=False,
                timeout=(_CONNECT_S, patience_s),
                auth=_as_it_is,
            )
        except requests.RequestException as error:
            raise UnreachableRegistryError(self.host, reason_of(error)) from None

    def _ask_token(
        self, method: str, url: str, fields: list[tuple[str, str]], authorization: str | None
    ) -> tuple[int, Mapping[str, Any]]:
        headers = {"Authorization": authorization} if authorization else {}
        if method == "GET":
            url = requests.Request("GET", url, params=fields).prepare().url or url
        with self._once(method, url, headers, None if method == "GET" else fields) as response:
            try:
                said = json.loads(response.raw.read(_TOKEN_BYTES, decode_content=True))
            except (OSError, HTTPError, ValueError):
                said = None
            return response.status_code, said if isinstance(said, dict) else {}

    def _session(self) -> requests.Session:
        """Give this thread's session: `requests` promises nothing about sharing one."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.verify = os.environ.get("SSL_CERT_FILE") or True  # REQUESTS_CA_BUNDLE goes before it
            self._local.session = session
        return session


class _Body(io.BytesIO):
    """A body that says how far it was read."""

    def __init__(self, data: bytes, sent: Callable[[int], None]) -> None:
        super().__init__(data)
        self._sent = sent

    def read(self, size: int | None = -1, /) -> bytes:
        """Read the next piece to send."""
        self._sent(self.tell())
        return super().read(size)


def _body(request: Request) -> bytes | _Body | None:
    return _Body(request.body, request.sent) if request.body and request.sent else request.body


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without any `auth`, requests would look into ~/.netrc and show what is there.
    return request


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _retry_after_s(header: str | None) -> float | None:
    """Read ``Retry-After``: seconds, or a date."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
