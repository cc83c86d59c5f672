"""Tests of `modelport.store.credentials` and the sources it asks."""

import base64
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Self

import pytest
from modelport.errors import InputError
from modelport.store.credentials import Credentials, configured_logins
from modelport.store.login import Login, LoginKind

HOST = "registry.example.com:5000"
HELPER = """#!/bin/sh
read -r server
echo "$1 $server" >> "$0.log"
case "$server" in
  registry.example.com:5000) echo '{"Username": "ann", "Secret": "from-helper"}' ;;
  token.example.com) echo '{"Username": "<token>", "Secret": "refresh-me"}' ;;
  broken.example.com) echo 'hunter2' ;;
  failing.example.com) echo 'the keychain is locked, hunter2'; exit 1 ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
"""


@pytest.fixture(name="docker")
def docker_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have an empty Docker configuration, and a helper `docker-credential-test` on PATH."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    helper = tmp_path / "docker-credential-test"
    helper.write_text(HELPER)
    helper.chmod(0o700)
    return tmp_path / "config.json"


def _auth(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _found(host: str = HOST, configured: Login | None = None) -> tuple[str, str, LoginKind] | None:
    login = Credentials({host: configured} if configured else {}).find(host, plain=False).login
    return (login.username, login.secret, login.kind) if login else None


@pytest.mark.parametrize(
    ("host", "key"),
    [
        (HOST, HOST),
        (HOST, f"https://{HOST}"),
        (HOST, f"https://{HOST}/v2/"),
        ("docker.io", "https://index.docker.io/v1/"),
    ],
)
def test_docker_login_is_found_however_its_key_is_written(docker: Path, host: str, key: str) -> None:
    """
    Docker's file names hosts, addresses, and Docker Hub by an address of its own.
    """
    docker.write_text(json.dumps({"auths": {key: {"auth": _auth("ann:a:b")}}}))

    assert ("ann", "a:b", LoginKind.PASSWORD) == _found(host)


def test_identity_tokens_are_told_from_passwords(docker: Path) -> None:
    """
    In the file they have a field of their own, from a helper the user ``<token>``.
    """
    docker.write_text(
        json.dumps({"auths": {HOST: {"identitytoken": "refresh-me"}}, "credHelpers": {"token.example.com": "test"}})
    )

    assert ("<token>", "refresh-me", LoginKind.IDENTITY_TOKEN) == _found()
    assert ("<token>", "refresh-me", LoginKind.IDENTITY_TOKEN) == _found("token.example.com")


def test_sources_have_an_order(docker: Path) -> None:
    """
    Configured, then the helper of the host, then the helper of all, then the file.
    """
    auths = {"auths": {HOST: {"auth": _auth("ann:from-file")}, "other.example.com": {"auth": _auth("bob:other")}}}
    docker.write_text(json.dumps({**auths, "credsStore": "test"}))

    assert ("eve", "configured", LoginKind.PASSWORD) == _found(configured=Login("stack", "eve", "configured"))
    assert ("ann", "from-helper", LoginKind.PASSWORD) == _found()
    assert ("bob", "other", LoginKind.PASSWORD) == _found("other.example.com")
    docker.write_text(json.dumps(auths))
    assert ("ann", "from-file", LoginKind.PASSWORD) == _found()


def test_without_docker_there_is_nobody(docker: Path) -> None:
    """
    No file is no error.
    """
    found = Credentials().find(HOST, plain=False)

    assert (None, "no credentials") == (found.login, found.tried)


@pytest.mark.parametrize(
    ("text", "host", "note"),
    [
        ("{", HOST, "config.json cannot be read (JSONDecodeError)"),
        ("[]", HOST, "config.json is no mapping"),
        (f'{{"auths": {{"{HOST}": {{"auth": "%"}}}}}}', HOST, f"config.json has no readable login for {HOST}"),
        ('{"credsStore": "absent"}', HOST, "docker-credential-absent is not on PATH"),
        ('{"credsStore": "test"}', "broken.example.com", "docker-credential-test answers in an unknown form"),
        ('{"credsStore": "test"}', "failing.example.com", "docker-credential-test failed with exit code 1"),
    ],
)
def test_what_kept_us_from_a_login_is_told(docker: Path, text: str, host: str, note: str) -> None:
    """
    A source that is broken is passed over and named; what it said is not repeated.
    """
    docker.write_text(text)
    found = Credentials().find(host, plain=False)

    assert found.login is None
    assert found.tried.endswith(note)
    assert "hunter2" not in found.tried


def test_secrets_have_no_text_form() -> None:
    """
    Neither a login nor what holds it shows the secret.
    """
    login = Login("stack", "ann", "hunter2")

    assert (
        "hunter2"
        not in f"{login!r} {Credentials({HOST: login})!r} {Credentials({HOST: login}).find(HOST, plain=True)!r}"
    )


@pytest.mark.parametrize(
    "value",
    ["hunter2", {HOST: "hunter2"}, {HOST: {"username": "ann"}}, {HOST: {"username": "ann", "password": ""}},
     {HOST: {"username": "hunter2", "password": 7}}, {HOST: {"username": "a", "password": "hunter2", "x": 1}}],
)  # fmt: skip
def test_a_configured_login_is_whole_or_refused(value: object) -> None:
    """
    User and password, nothing else; the error names the host and no value.
    """
    with pytest.raises(InputError) as error:
        configured_logins(value)

    assert str(error.value).startswith("registries")
    assert "hunter2" not in str(error.value)


def _azure(monkeypatch: pytest.MonkeyPatch, token: str | None) -> list[str]:
    """Put a stand-in of azure-identity in its place: hands out *token*, or has nobody logged in."""
    asked: list[str] = []
    exceptions = ModuleType("azure.core.exceptions")
    exceptions.AzureError = type("AzureError", (Exception,), {})  # type: ignore[attr-defined]  # a stand-in

    class DefaultAzureCredential:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def get_token(self, scope: str) -> object:
            asked.append(scope)
            if token is None:
                msg = "long\ntext about hunter2"
                raise exceptions.AzureError(msg)
            return type("AccessToken", (), {"token": token})()

    identity = ModuleType("azure.identity")
    identity.DefaultAzureCredential = DefaultAzureCredential  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "azure.core.exceptions", exceptions)
    monkeypatch.setitem(sys.modules, "azure.identity", identity)
    return asked


def test_azure_is_asked_for_its_own_registries_only(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The token opens every registry of the user, so no other host may get it, and none without TLS.
    """
    asked = _azure(monkeypatch, "from-entra")
    entra = _found("models.azurecr.io")
    others = [_found("registry.example.com"), _found("models.azurecr.io.example.com")]
    plain = Credentials().find("models.azurecr.io", plain=True).login

    assert entra is not None
    assert ("from-entra", LoginKind.ENTRA) == entra[1:]
    assert ([None, None], None) == (others, plain)
    assert ["https://containerregistry.azure.net/.default"] == asked


def test_without_an_azure_login_docker_is_asked(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What Azure said is cut down to its kind, and told only when nothing else helps.
    """
    _azure(monkeypatch, None)
    tried = Credentials().find("models.azurecr.io", plain=False).tried
    docker.write_text(json.dumps({"auths": {"models.azurecr.io": {"auth": _auth("ann:pw")}}}))

    assert "no credentials; nobody is logged in to Azure (AzureError; `az login` does it)" == tried
    assert ("ann", "pw", LoginKind.PASSWORD) == _found("models.azurecr.io")


def test_without_azure_identity_the_extra_is_named(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The package is an extra; its absence is said, not raised.
    """
    monkeypatch.setitem(sys.modules, "azure.identity", None)

    assert "modelport[azure]" in Credentials().find("models.azurecr.io", plain=False).tried
