"""
Logins that `docker login` has left: credential helpers, and ``auths`` in Docker's configuration file.

Source: Docker's documentation of `docker login` and of the credential helpers' protocol.
"""

import base64
import binascii
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from modelport.store.login import Login, LoginKind

DOCKER_HUB: Final = "docker.io"
_HUB_KEY: Final = "https://index.docker.io/v1/"
_HELPER_TIMEOUT_S: Final = 30
_TOKEN_USER: Final = "<token>"  # noqa: S105 - the helpers' word for "the secret is an identity token"
_NOT_FOUND: Final = "credentials not found"


def docker_login(host: str) -> Login | str | None:
    """Find Docker's login for *host*; a text says what kept us from looking."""
    file = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return f"{file} cannot be read ({type(error).__name__})"
    if not isinstance(config, dict):
        return f"{file} is no mapping"
    helper = _mapping(config, "credHelpers").get(host) or config.get("credsStore")
    note = None
    if isinstance(helper, str):
        answered = _helped(helper, _HUB_KEY if host == DOCKER_HUB else host)
        if isinstance(answered, Login):
            return answered
        note = answered
    return _written(file, _mapping(config, "auths"), host) or note


def _mapping(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = config.get(key)
    return value if isinstance(value, dict) else {}


def _helped(helper: str, server: str) -> Login | str | None:
    program = f"docker-credential-{helper}"
    try:
        asked = subprocess.run(  # the user's own helper, found on PATH as Docker finds it
            [program, "get"],
            input=server,
            capture_output=True,
            text=True,
            timeout=_HELPER_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        return f"{program} is not on PATH"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{program} does not answer ({type(error).__name__})"
    if asked.returncode:
        return None if _NOT_FOUND in asked.stdout else f"{program} failed with exit code {asked.returncode}"
    try:
        answer = json.loads(asked.stdout)
        return _login(program, answer["Username"], answer["Secret"])
    except (ValueError, KeyError, TypeError):
        return f"{program} answers in an unknown form"


def _written(file: Path, auths: Mapping[str, Any], host: str) -> Login | str | None:
    entry = next((entry for key, entry in auths.items() if _host_of(key) == host), None)
    if not isinstance(entry, dict):
        return None
    try:
        username, _, password = base64.b64decode(entry.get("auth", ""), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, TypeError):
        return f"{file} has no readable login for {host}"
    if token := entry.get("identitytoken"):
        return _login(str(file), _TOKEN_USER, token)
    username, password = entry.get("username") or username, entry.get("password") or password
    return _login(str(file), username, password.rstrip("\0")) if username and password else None


def _login(source: str, username: str, secret: str) -> Login:
    kind = LoginKind.IDENTITY_TOKEN if username == _TOKEN_USER else LoginKind.PASSWORD
    return Login(source, username, secret, kind)


def _host_of(key: str) -> str:
    """Read the host of a key of ``auths``, which may be an address: ``https://index.docker.io/v1/``."""
    return DOCKER_HUB if key == _HUB_KEY else key.partition("://")[2].partition("/")[0] or key.partition("/")[0]
