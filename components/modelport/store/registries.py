"""The registries of one run: one connection and one set of tokens for each."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelport.store.credentials import Credentials
from modelport.store.login import Login

if TYPE_CHECKING:
    from modelport.store.registry_client import RegistryClient


class Registries:
    """Gives clients by host; *configured* logins go before all others."""

    def __init__(self, configured: Mapping[str, Login] | None = None) -> None:
        self._credentials = Credentials(configured or {})
        self._clients: dict[tuple[str, bool], RegistryClient] = {}
        self._lock = threading.Lock()

    def client(self, host: str, *, plain: bool = False) -> "RegistryClient":
        """Give the client of *host* (with its port, if it has one); *plain*: without TLS."""
        from modelport.store.registry_client import RegistryClient  # noqa: PLC0415 - stores in folders need no HTTP
        from modelport.store.registry_transport import Transport  # noqa: PLC0415 - the same

        with self._lock:
            key = (host, plain)
            if key not in self._clients:
                self._clients[key] = RegistryClient(Transport(host, self._credentials, plain=plain))
            return self._clients[key]
