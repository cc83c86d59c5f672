"""Under which name a container of a Docker host is called from here."""

import ipaddress
from urllib.parse import urlsplit


def callable_host(docker_host: str, address: str) -> str:
    """
    Give the host of the service's URL, which listens on *address* of *docker_host*.

    A wildcard on another machine is reached under that machine's name; loopback there is reached only from there.
    """
    elsewhere = urlsplit(docker_host).hostname if docker_host.startswith(("ssh://", "tcp://")) else None
    return elsewhere if elsewhere and ipaddress.ip_address(address).is_unspecified else address
