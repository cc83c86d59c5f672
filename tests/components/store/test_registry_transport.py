"""Tests of `modelport.store.registry_transport`: what goes over the wire, and when it is sent again."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from modelport.errors import CancelledError
from modelport.store.credentials import Credentials
from modelport.store.login import Login
from modelport.store.registry_client import RegistryClient
from modelport.store.registry_errors import RegistryDeniedError, RegistryError, UnreachableRegistryError
from modelport.store.registry_transport import Request, Transport

from tests.services.fixtures import StartRegistry

SCOPES = ("repository:team/net:pull",)


@dataclass
class Answers:
    """A server of prepared answers (status, headers), one a request, the last one for ever; notes what it was sent."""

    prepared: list[tuple[int, dict[str, str]]]
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path, and the header Authorization."""
    host: str = ""


Serve = Callable[..., Answers]


@pytest.fixture(name="serve")
def server_of_answers() -> Iterator[Serve]:
    """Start servers of prepared answers."""
    servers: list[ThreadingHTTPServer] = []

    def start(*prepared: tuple[int, dict[str, str]]) -> Answers:
        answers = Answers(list(prepared))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers.seen.append((self.command, self.path, self.headers.get("Authorization")))
                status, headers = answers.prepared.pop(0) if len(answers.prepared) > 1 else answers.prepared[0]
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(bytes(int(headers.get("Content-Length", "0"))))

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        servers.append(server)
        answers.host = f"127.0.0.1:{server.server_port}"
        return answers

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(name="slept")
def no_sleep() -> list[float]:
    """Collect what would have been slept."""
    return []


@pytest.fixture(autouse=True)
def nobody_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the logins of whoever runs the tests."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


def _transport(host: str, slept: list[float], login: Login | None = None) -> Transport:
    return Transport(host, Credentials({host: login} if login else {}), plain=True, sleep=slept.append)


def _get(target: str = "/v2/team/net/blobs/x") -> Request:
    return Request("GET", target, SCOPES, frozenset({200}))


def test_later_means_later(serve: Serve, slept: list[float]) -> None:
    """
    Status 429 and 503 are tried again after the time that the registry asked for, in seconds or as a date.
    """
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    answers = serve((429, {"Retry-After": "3"}), (503, {"Retry-After": soon}), (200, {}))
    told: list[str] = []
    _transport(answers.host, slept).send(_get(), told.append).close()

    assert 3 == len(answers.seen)
    assert 3 + 50 <= sum(slept) <= 3 + 60
    assert f"registry {answers.host}: it answers with status 429; trying again (1 of 4)" == told[0]


def test_nobody_waits_for_ever(serve: Serve, slept: list[float]) -> None:
    """
    Five tries, with growing pauses; a registry that asks for hours gets two minutes.
    """
    answers = serve((503, {}))
    patient = serve((503, {"Retry-After": "7200"}), (200, {}))
    with pytest.raises(UnreachableRegistryError, match="it answers with status 503"):
        _transport(answers.host, slept).send(_get())
    paused = sum(slept)
    _transport(patient.host, slept).send(_get()).close()

    assert (5, 15.0) == (len(answers.seen), paused)
    assert 120 == sum(slept) - paused


def test_waiting_hears_that_the_user_cancelled(serve: Serve, slept: list[float]) -> None:
    """
    Cancelling ends a wait of two minutes at once.
    """

    def cancelled(_line: str) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        _transport(serve((503, {"Retry-After": "120"})).host, slept).send(_get(), cancelled)
    assert [] == slept


def test_a_redirect_takes_no_credential_along(serve: Serve, slept: list[float]) -> None:
    """
    The storage that a registry points to does not see who we are; a redirect inside the registry does.
    """
    storage = serve((200, {}))
    answers = serve(
        (401, {"WWW-Authenticate": 'Basic realm="r"'}),
        (307, {"Location": "/elsewhere"}),
        (307, {"Location": f"http://{storage.host}/signed?sig=abc"}),
    )
    login = Login("a test", "ann", "hunter2")
    _transport(answers.host, slept, login).send(_get()).close()

    assert [None, "Basic YW5uOmh1bnRlcjI=", "Basic YW5uOmh1bnRlcjI="] == [each[2] for each in answers.seen]
    assert [("GET", "/signed?sig=abc", None)] == storage.seen


def test_redirects_end(serve: Serve, slept: list[float]) -> None:
    """
    A registry that points to itself is an error.
    """
    with pytest.raises(RegistryError, match="more than 5 times"):
        _transport(serve((302, {"Location": "/again"})).host, slept).send(_get())


def test_netrc_is_nobodys_login(
    serve: Serve, slept: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What stands in ~/.netrc is for other programs.
    """
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    answers = serve((200, {}))
    _transport(answers.host, slept).send(_get()).close()

    assert None is answers.seen[0][2]


def test_a_proxy_is_used_where_the_environment_names_one(
    serve: Serve, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    HTTP_PROXY is honoured, and so is NO_PROXY.
    """
    proxy, direct = serve((200, {})), serve((200, {}))
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    _transport("registry.example.com", slept).send(_get()).close()
    _transport(direct.host, slept).send(_get()).close()

    assert ["http://registry.example.com/v2/team/net/blobs/x"] == [each[1] for each in proxy.seen]
    assert ["/v2/team/net/blobs/x"] == [each[1] for each in direct.seen]


@pytest.mark.parametrize("status", [401, 403])
def test_a_denial_says_what_was_tried_and_what_to_do(serve: Serve, slept: list[float], status: int) -> None:
    """
    Host, repository, source of the login, way out; never the login itself.
    """
    answers = serve((status, {"WWW-Authenticate": 'Basic realm="r"'}))
    with pytest.raises(RegistryDeniedError) as error:
        _transport(answers.host, slept, Login("the stack", "ann", "hunter2")).send(_get())

    assert str(error.value) == (
        f"registry {answers.host} denies access to repository 'team/net' (pull) (status {status}; tried the "
        f"credentials from the stack); log in with `docker login {answers.host}`, or set modelport:registries, or ask "
        "for the right to do this"
    )
    assert "hunter2" not in repr(error.value)


def test_a_registry_that_is_not_there_is_one_line(slept: list[float]) -> None:
    """
    Host, reason and way out; two tries, since a wrong name is likelier than a bad moment.
    """
    with pytest.raises(UnreachableRegistryError) as error:
        _transport("127.0.0.1:9", slept).send(_get())

    assert "registry 127.0.0.1:9 cannot be reached: connection refused; check its name" in str(error.value)
    assert 1.0 == sum(slept)


def test_more_than_a_manifest_is_not_read(serve: Serve, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An answer above the bound is an error, not a full memory.
    """
    monkeypatch.setattr("modelport.store.registry_client.MANIFEST_BYTES", 4)
    transport = _transport(serve((200, {"Content-Length": "5"})).host, slept)
    with pytest.raises(RegistryError, match="sends more than 4 bytes"):
        RegistryClient(transport).manifest("team/net", "1")


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_registry_with_an_authority_of_its_own(
    start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch, variable: str, slept: list[float]
) -> None:
    """
    Either variable names the authority; without it nothing is sent, and the error names one.
    """
    registry = start_registry(tls=True)
    assert registry.certificates is not None
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    strange = RegistryClient(Transport(registry.host, Credentials(), sleep=slept.append))
    with pytest.raises(UnreachableRegistryError, match=r"no trusted TLS connection .*REQUESTS_CA_BUNDLE"):
        strange.tags("team/net")

    monkeypatch.setenv(variable, str(registry.certificates.authority))
    assert [] == RegistryClient(Transport(registry.host, Credentials())).tags("team/net")
