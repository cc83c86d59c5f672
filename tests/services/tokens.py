"""
The token server that a registry sends its clients to.

Source: "Token Authentication Specification" of the distribution project (docs/spec/auth/token.md, oauth.md, jwt.md).
"""

import base64
import json
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.services.background_server import BackgroundServer
from tests.services.certificates import Certificates

SERVICE = "registry of a test"
ISSUER = "token server of a test"


@dataclass
class TokenServer(BackgroundServer):
    """
    Gives tokens for what *users* ask for, and for pulls to anybody; *requests* holds what was asked, as ``GET scope``.

    Users come by Basic (GET) or by a form (POST, grant types ``password`` and ``refresh_token``); a refresh token is
    ``refresh:<name>:<password>``.
    """

    certificates: Certificates
    users: dict[str, str]
    lifetime_s: int = 300
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listen(self._handler())

    @property
    def realm(self) -> str:
        """Where to ask for a token."""
        return f"http://127.0.0.1:{self.port}/token"

    def registry_settings(self) -> dict[str, str]:
        """Write the registry's side of it."""
        bundle = str(self.certificates.authority)
        return {"realm": self.realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": bundle}

    def token(self, name: str, scopes: list[str]) -> str:
        """Sign a token for *scopes* (``repository:<name>:pull,push``)."""
        now = int(time.time())
        access = [
            {"type": kind, "name": resource, "actions": actions.split(",")}
            for kind, resource, actions in (_parts(scope) for scope in scopes)
        ]
        claims = {
            "iss": ISSUER,
            "sub": name,
            "aud": SERVICE,
            "iat": now,
            "nbf": now - 5,
            "exp": now + self.lifetime_s,
            "jti": str(time.monotonic_ns()),
            "access": access,
        }
        certificate = x509.load_pem_x509_certificate(self.certificates.certificate.read_bytes())
        der = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
        signed = f"{_encoded({'typ': 'JWT', 'alg': 'ES256', 'x5c': [der]})}.{_encoded(claims)}"
        return f"{signed}.{self._signature(signed.encode())}"

    def grant(self, query: dict[str, list[str]], authorization: str) -> dict[str, Any] | None:
        """Answer a request; ``None`` refuses it."""
        name = self._user(query, authorization)
        if name is None:
            return None
        scopes = [scope for text in query.get("scope", []) for scope in text.split()]
        if not name:
            scopes = [f"{kind}:{resource}:pull" for kind, resource, _ in map(_parts, scopes)]
        token = self.token(name, scopes)
        answer = {"token": token, "access_token": token, "expires_in": self.lifetime_s}
        return answer | ({"refresh_token": f"refresh:{name}:{self.users[name]}"} if name else {})

    def _user(self, query: dict[str, list[str]], authorization: str) -> str | None:
        """Tell who asks: empty for anybody, ``None`` for a wrong password."""
        given = ""
        if authorization.startswith("Basic "):
            given = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        elif query.get("grant_type") == ["password"]:
            given = f"{query['username'][0]}:{query['password'][0]}"
        elif query.get("grant_type") == ["refresh_token"]:
            given = query["refresh_token"][0].removeprefix("refresh:")
        name, _, password = given.partition(":")
        return name if not given or self.users.get(name) == password else None

    def _signature(self, signed: bytes) -> str:
        key = serialization.load_pem_private_key(self.certificates.key.read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(parse_qs(urlsplit(self.path).query))

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                self._answer(parse_qs(self.rfile.read(length).decode()))

            def log_message(self, *_arguments: object) -> None:
                """Say nothing: `requests` has it."""

            def _answer(self, query: dict[str, list[str]]) -> None:
                server.requests.append(f"{self.command} {' '.join(query.get('scope', []))}".strip())
                granted = server.grant(query, self.headers.get("Authorization", ""))
                body = json.dumps(granted or {"details": "incorrect username or password"}).encode()
                self.send_response(200 if granted else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler


def _parts(scope: str) -> tuple[str, str, str]:
    kind, _, rest = scope.partition(":")
    resource, _, actions = rest.rpartition(":")
    return kind, resource, actions


def _encoded(document: dict[str, Any]) -> str:
    return _base64url(json.dumps(document).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
