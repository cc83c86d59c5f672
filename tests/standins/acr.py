"""
Stand-in of Azure Container Registry's authentication and tag locks, before a real registry that is not Azure's.

Models what "Authentication overview" and "Tag - Update Attributes" of Azure Container Registry's REST reference say: a
Bearer challenge to ``/oauth2/token``; ``/oauth2/exchange`` takes an Entra access token and gives a refresh token;
``/oauth2/token`` takes only that; a tag with ``writeEnabled`` false refuses another manifest. Answers name it a
stand-in, and it refuses what it does not model.
"""

import http.client
import json
import re
import ssl
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

from tests.services.background_server import BackgroundServer
from tests.services.certificates import Certificates

_TAGGED = re.compile(r"/v2/(.+)/manifests/([^/:]+)")
_LOCK = re.compile(r"/acr/v1/(.+)/_tags/([^/]+)")


@dataclass
class AzureRegistry(BackgroundServer):
    """
    Stand-in for the Azure registry *name*, in front of the registry at *target*; listens with TLS.

    *entra* is the one access token that it takes. *requests* holds method and path, *scopes* what was asked for.
    """

    name: str
    target: str
    certificates: Certificates
    entra: str
    requests: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    locked: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        server = self.listen(type("Handler", (_Handler,), {"registry": self}))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)

    def exchanged(self, form: dict[str, list[str]]) -> dict[str, str] | None:
        """Answer ``/oauth2/exchange``; ``None`` refuses."""
        right = {"grant_type": ["access_token"], "service": [self.name], "access_token": [self.entra]}
        return {"refresh_token": "refresh token of the stand-in"} if form == right else None

    def token(self, form: dict[str, list[str]]) -> dict[str, str] | None:
        """Answer ``/oauth2/token``; ``None`` refuses."""
        self.scopes += form.get("scope", [])
        refresh = form.get("refresh_token") == ["refresh token of the stand-in"]
        right = refresh and form.get("grant_type") == ["refresh_token"] and form.get("service") == [self.name]
        return {"access_token": "access token of the stand-in"} if right else None

    def locks(self, path: str, body: bytes) -> int:
        """Answer a change of a tag's attributes: the status."""
        found = _LOCK.fullmatch(path)
        attributes = json.loads(body).get("changeableAttributes", {})
        if found is None or set(attributes) != {"deleteEnabled", "writeEnabled"}:
            return 400
        tag = (found[1], found[2])
        (self.locked.discard if attributes["writeEnabled"] else self.locked.add)(tag)
        return 200

    def refuses(self, method: str, path: str) -> bool:
        """Say whether a lock forbids this request."""
        found = _TAGGED.fullmatch(path)
        return method == "PUT" and found is not None and (found[1], found[2]) in self.locked


class _Handler(BaseHTTPRequestHandler):
    registry: AzureRegistry
    protocol_version = "HTTP/1.1"

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.registry.requests.append(f"{self.command} {self.path}")
        if self.path.startswith("/oauth2/"):
            self._oauth(parse_qs(body.decode()))
        elif self.headers.get("Authorization") != "Bearer access token of the stand-in":
            challenge = f'Bearer realm="https://{self.registry.name}/oauth2/token",service="{self.registry.name}"'
            self._say(401, {}, {"WWW-Authenticate": challenge})
        elif self.path.startswith("/acr/"):
            self._say(self.registry.locks(self.path, body) if self.command == "PATCH" else 400, {})
        elif self.registry.refuses(self.command, self.path):
            self._say(405, {"errors": [{"code": "UNSUPPORTED", "message": "stand-in: the tag is locked"}]})
        else:
            self._forward(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815 - the server's names

    def _oauth(self, form: dict[str, list[str]]) -> None:
        answer = {"/oauth2/exchange": self.registry.exchanged, "/oauth2/token": self.registry.token}.get(self.path)
        said = answer(form) if answer and self.command == "POST" else None
        self._say(200 if said else 401, said or {})

    def _say(self, status: int, document: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Server": "stand-in", "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data if self.command != "HEAD" else b"")

    def _forward(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.registry.target, timeout=60)
        kept = {name: value for name, value in self.headers.items() if name.lower() != "authorization"}
        connection.request(self.command, self.path, body, kept | {"X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "server", "date"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        connection.close()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: `requests` has it."""
