"""The Docker daemon that the configuration names, through Docker's SDK for Python."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from modelport.errors import ModelportError

import docker
import docker.errors
import docker.tls

if TYPE_CHECKING:
    from modelport.provider.values import Value

DEFAULT_HOST = "unix:///var/run/docker.sock"
"""Source: pulumi-docker's provider configuration; DOCKER_HOST comes before it."""
API = "1.41"
"""What Docker 20.10 speaks, and newer ones still do."""


class Daemon:
    """Connects at the first call; *configuration* is the provider's."""

    def __init__(self) -> None:
        self.configuration: dict[str, Value] = {}
        self._api: docker.APIClient | None = None

    @property
    def api(self) -> docker.APIClient:
        """The daemon's API; raises `ModelportError` when none answers."""
        if self._api is None:
            self._api = self._connect()
        return self._api

    def _connect(self) -> docker.APIClient:
        unknown = set(self.configuration) - {"host", "certPath", "version"}
        if unknown:
            msg = f"the stand-in does not model the provider's {', '.join(sorted(unknown))}"
            raise ModelportError(msg)
        host = str(self.configuration.get("host") or os.environ.get("DOCKER_HOST") or DEFAULT_HOST)
        try:
            api = docker.APIClient(base_url=host, version=API, use_ssh_client=True, tls=self._tls(), timeout=300)
            api.trust_env = False  # REQUESTS_CA_BUNDLE would go before the authority of the daemon
            api.ping()
        except docker.errors.DockerException as error:
            msg = f"failed to connect to any docker daemon: {host}: {error}"
            raise ModelportError(msg) from error
        return api

    def _tls(self) -> docker.tls.TLSConfig | bool:
        folder = self.configuration.get("certPath")
        if not isinstance(folder, str):
            return False
        own = (str(Path(folder) / "cert.pem"), str(Path(folder) / "key.pem"))
        return docker.tls.TLSConfig(client_cert=own, ca_cert=str(Path(folder) / "ca.pem"), verify=True)


def said(error: docker.errors.APIError) -> str:
    """Give the daemon's own words."""
    text = str(error.explanation or error)
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text
