"""Addresses and ports of services on this machine."""

import hashlib
import ipaddress
import socket
from typing import Final

PORTS: Final = range(1, 65536)
_AUTOMATIC: Final = range(20000, 30000)
"""Below the range from which systems take ports of outgoing connections, so that a chosen port stays free."""
DEFAULT_ADDRESS: Final = "127.0.0.1"


def is_free(address: str, port: int) -> bool:
    """Tell whether nobody listens on *port*. SO_REUSEPORT is left out on purpose: with it a listener would not show."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def preferred(owner: str) -> int:
    """Give the port that *owner* is offered first, free or not."""
    start = int.from_bytes(hashlib.sha256(owner.encode()).digest()[:4], "big")
    return _AUTOMATIC[start % len(_AUTOMATIC)]


def choose(address: str, owner: str) -> int:
    """
    Choose a free port for *owner*.

    The same owner is offered the same port first: what a preview shows is what the update takes.
    Raises `LookupError` when the whole range is taken.
    """
    start = _AUTOMATIC.index(preferred(owner))
    for step in range(len(_AUTOMATIC)):
        port = _AUTOMATIC[(start + step) % len(_AUTOMATIC)]
        if is_free(address, port):
            return port
    msg = f"no free port on {address} from {_AUTOMATIC[0]} to {_AUTOMATIC[-1]}"
    raise LookupError(msg)


def address_problem(address: str) -> str | None:
    """Say what is wrong with *address*; ``None`` when nothing is."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return f"address {address!r} is no IP address; use {DEFAULT_ADDRESS} (this machine only) or one of this host's"
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            return f"address {address!r} cannot be used on this machine: {error.strerror}; use {DEFAULT_ADDRESS}"
    return None


def base_url(address: str, port: int) -> str:
    """Write the URL under which a caller on this machine reaches the service."""
    wildcard = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    host = wildcard.get(address, address)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
