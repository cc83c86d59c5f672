"""Tests of `modelport.store.registry_auth`: logins at real registries, and at a stand-in of Azure's."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from modelport.progress import silent
from modelport.registry.content import read_model
from modelport.registry.metadata import ModelMetadata
from modelport.registry.open_versions import open_versions
from modelport.store import credentials
from modelport.store.credentials import Credentials
from modelport.store.descriptor import INDEX_TYPE, LAYER_TYPE, Descriptor, canonical_json
from modelport.store.login import Login, LoginKind
from modelport.store.registry_auth import Authorizer, Challenge, subject_of
from modelport.store.registry_client import RegistryClient
from modelport.store.registry_errors import RegistryDeniedError, RegistryError
from modelport.store.registry_transport import Transport
from modelport.store.tag_lock import can_lock_tags, set_tag_lock

from tests.services.certificates import make_certificates
from tests.services.fixtures import StartRegistry
from tests.services.registry import Registry
from tests.standins.acr import AzureRegistry

ANN = Login("a test", "ann", "hunter2")
BLOB = Descriptor.of(LAYER_TYPE, b"weights")
AZURE = "models.azurecr.io"


@pytest.fixture(autouse=True)
def nobody_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the logins of whoever runs the tests."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


def _client(registry: Registry, login: Login | None) -> RegistryClient:
    found = Credentials({registry.host: login} if login else {})
    return RegistryClient(Transport(registry.host, found, plain=True))


@pytest.mark.slow
@pytest.mark.parametrize("tokens", [False, True])
def test_a_password_opens_a_registry(start_registry: StartRegistry, *, tokens: bool) -> None:
    """
    By Basic or by tokens: blobs go up and come down, and are mounted; one token serves many requests.
    """
    registry = start_registry(users={"ann": "hunter2"}, tokens=tokens)
    client = _client(registry, ANN)
    client.upload("team/net", BLOB, [b"weights"])

    assert client.has("team/net", BLOB)
    assert client.mount("team/other", BLOB, "team/net")
    if registry.tokens:
        asked = [each.removeprefix("GET ") for each in registry.tokens.requests]
        assert sorted(set(asked)) == sorted(asked)
        assert "repository:team/other:pull,push repository:team/net:pull" in asked


@pytest.mark.slow
@pytest.mark.parametrize("tokens", [False, True])
def test_a_wrong_password_is_denied_and_not_shown(
    start_registry: StartRegistry, caplog: pytest.LogCaptureFixture, *, tokens: bool
) -> None:
    """
    The error names host, repository, source and way out; neither it nor any library's log has the password.
    """
    caplog.set_level(logging.DEBUG)
    registry = start_registry(users={"ann": "right"}, tokens=tokens)
    with pytest.raises(RegistryDeniedError) as error:
        _client(registry, ANN).upload("team/net", BLOB, [b"weights"])

    said = f"registry {registry.host} denies access to repository 'team/net' (pull,push) (status 401; tried the "
    assert str(error.value).startswith(said + "credentials from a test); log in with `docker login")
    assert "hunter2" not in caplog.text + repr(error.value)
    assert "YW5uOmh1bnRlcjI" not in caplog.text


@pytest.mark.slow
def test_nobody_may_pull_what_is_public(start_registry: StartRegistry) -> None:
    """
    Without a login a token for reading is asked for; writing is denied, and said to have been tried without one.
    """
    registry = start_registry(users={"ann": "hunter2"}, tokens=True)
    _client(registry, ANN).upload("team/net", BLOB, [b"weights"])
    nobody = _client(registry, None)

    assert nobody.has("team/net", BLOB)
    with pytest.raises(RegistryDeniedError, match="tried no credentials"):
        nobody.upload("team/net", Descriptor.of(LAYER_TYPE, b"x"), [b"x"])


@pytest.mark.slow
def test_an_identity_token_is_a_refresh_token(start_registry: StartRegistry) -> None:
    """
    What `docker login` keeps in place of a password goes into the OAuth2 form.
    """
    registry = start_registry(users={"ann": "hunter2"}, tokens=True)
    login = Login("a test", "<token>", "refresh:ann:hunter2", LoginKind.IDENTITY_TOKEN)
    _client(registry, login).upload("team/net", BLOB, [b"weights"])

    assert registry.tokens is not None
    assert {"POST repository:team/net:pull,push"} == set(registry.tokens.requests)


class _Tokens:
    """Answers as a token service: 405 for GET with *form_only*, tokens that live ten seconds."""

    def __init__(self, *, form_only: bool = False) -> None:
        self.asked: list[str] = []
        self.form_only = form_only

    def __call__(
        self,
        method: str,
        url: str,
        fields: list[tuple[str, str]],
        authorization: str | None,  # noqa: ARG002 - the protocol's
    ) -> tuple[int, dict[str, object]]:
        self.asked.append(f"{method} {url} {dict(fields).get('grant_type')}")
        if self.form_only and method == "GET":
            return 405, {}
        return 200, {"token": f"token {len(self.asked)}", "expires_in": 10}


def _authorizer(service: _Tokens, now: list[float]) -> Authorizer:
    return Authorizer("registry.example.com", Credentials({"registry.example.com": ANN}), service, plain=False,
                      now=lambda: now[0])  # fmt: skip


_ASKS = 'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="x"'


def test_tokens_are_kept_until_they_expire() -> None:
    """
    One for each scope, renewed when four fifths of its life are over, or when the registry refuses it.
    """
    now, service = [0.0], _Tokens()
    authorizer = _authorizer(service, now)
    before = authorizer.header(("a",))
    authorizer.answer(_ASKS, ("a",))
    first = [authorizer.header(("a",)), authorizer.header(("a",)), authorizer.header(("b",))]
    now[0] = 8.1
    later = authorizer.header(("a",))
    authorizer.answer(_ASKS, ("a",))

    assert before is None
    assert ["Bearer token 1", "Bearer token 1", "Bearer token 2"] == first
    assert ["Bearer token 3", "Bearer token 4"] == [later, authorizer.header(("a",))]


def test_services_with_the_form_only_are_sent_the_form() -> None:
    """
    A GET that is not allowed is followed by the OAuth2 form with user and password.
    """
    service = _Tokens(form_only=True)
    authorizer = _authorizer(service, [0.0])
    authorizer.answer(_ASKS, ("a",))
    authorizer.header(("a",))

    realm = "https://auth.example.com/token"
    assert [f"GET {realm} None", f"POST {realm} password"] == service.asked


def test_a_token_service_without_tls_is_sent_nothing() -> None:
    """
    A registry with TLS cannot have passwords sent in clear.
    """
    service = _Tokens()
    authorizer = _authorizer(service, [0.0])
    authorizer.answer('Bearer realm="http://auth.example.com/token",service="s"', ("a",))

    with pytest.raises(RegistryError, match="without TLS; nothing was sent"):
        authorizer.header(("a",))
    assert [] == service.asked


def test_challenges_are_read() -> None:
    """
    Scheme in any case, parameters in any order; what is unknown asks for nothing.
    """
    assert Challenge("bearer", "https://a/t", "s") == Challenge.read('BEARER service="s", realm="https://a/t"')
    assert Challenge("basic", "r") == Challenge.read('Basic realm="r"')
    assert "repository 'a/b' (pull,push) and repository 'c' (pull)" == subject_of(
        ("repository:a/b:pull,push", "repository:c:pull")
    )


@pytest.fixture(name="azure")
def stand_in_of_azure(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AzureRegistry]:
    """Have the name of an Azure registry lead to the stand-in, and somebody logged in to Azure."""
    (tmp_path / "azure").mkdir()
    certificates = make_certificates(tmp_path / "azure", AZURE)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    entra = Login("azure-identity", "0", "entra-hunter2", LoginKind.ENTRA)
    monkeypatch.setattr(credentials, "entra_token", lambda _host: entra)
    with AzureRegistry(AZURE, registry.host, certificates, "entra-hunter2") as server:
        from urllib3.util import connection  # noqa: PLC0415 - to be patched: names lead here

        connect = connection.create_connection
        here = ("127.0.0.1", server.port)
        monkeypatch.setattr(
            connection, "create_connection", lambda _address, *rest, **more: connect(here, *rest, **more)
        )
        yield server


@pytest.mark.slow
def test_an_entra_token_is_exchanged_once(azure: AzureRegistry) -> None:
    """
    Entra's token for a refresh token, that for one access token a scope; Entra's goes nowhere else.
    """
    client = RegistryClient(Transport(AZURE, Credentials()))
    client.upload("team/net", BLOB, [b"weights"], silent)

    assert client.has("team/net", BLOB)
    assert 1 == azure.requests.count("POST /oauth2/exchange")
    assert ["repository:team/net:pull,push", "repository:team/net:pull"] == azure.scopes


@pytest.mark.slow
def test_versions_are_locked_where_that_can_be(azure: AzureRegistry, tmp_path: Path) -> None:
    """
    A registration locks its number, and a removal unlocks it first.
    """
    (tmp_path / "net").write_bytes(b"a")
    versions = open_versions(f"oci://{AZURE}/team", tmp_path)
    versions.register(
        read_model("net", Path("net"), base=tmp_path), ModelMetadata(), created=datetime(2026, 1, 2, tzinfo=UTC)
    )
    locked = set(azure.locked)
    versions.remove("net", 1, force=True)

    assert ({("team/models/net", "1")}, set()) == (locked, azure.locked)
    assert (True, []) == (versions.locks_versions, versions.list(name="net"))


@pytest.mark.slow
def test_azures_tags_are_locked(azure: AzureRegistry) -> None:
    """
    A locked tag refuses another manifest until it is unlocked.
    """
    client = RegistryClient(Transport(AZURE, Credentials()))
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": []}
    client.put_manifest("team/net", INDEX_TYPE, canonical_json(index), "1")
    set_tag_lock(client, "team/net", "1", locked=True)
    other = canonical_json({**index, "annotations": {"a": "b"}})

    assert can_lock_tags(client)
    with pytest.raises(RegistryError, match="stand-in: the tag is locked"):
        client.put_manifest("team/net", INDEX_TYPE, other, "1")
    set_tag_lock(client, "team/net", "1", locked=False)
    assert Descriptor.of(INDEX_TYPE, other).digest == client.put_manifest("team/net", INDEX_TYPE, other, "1").digest
