"""The sockets of worker slots."""

import socket
import sys
from collections.abc import Iterator

import pytest
from modelport_scoring.supervisor.sockets import PortTakenError, SlotSockets

from tests.scoring.conftest import free_port

CONNECTIONS = 60


@pytest.fixture
def sockets() -> Iterator[SlotSockets]:
    made = SlotSockets("127.0.0.1", free_port())
    yield made
    made.close()


def accepted(sockets: SlotSockets) -> list[int]:
    """Connect many times; give how many connections each slot got."""
    clients = [socket.create_connection((sockets.address, sockets.port), timeout=5) for _ in range(CONNECTIONS)]
    counts = [_accept_all(sockets[slot]) for slot in range(len(sockets))]
    for client in clients:
        client.close()
    return counts


def _accept_all(listener: socket.socket) -> int:
    count = 0
    while True:
        try:
            connection, _peer = listener.accept()
        except OSError:  # nothing is queued, or it does not listen
            return count
        connection.close()
        count += 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all slots share one socket")
def test_a_slot_that_goes_gets_no_connection(sockets: SlotSockets) -> None:
    """
    Connections go to the slots that listen, to all of them, and to no other; none is lost when a slot goes or comes.
    """
    sockets.open(3)
    three = accepted(sockets)
    sockets.listen(2)
    steered = accepted(sockets)
    sockets.shrink(2)
    two = accepted(sockets)
    sockets.grow(3)
    not_yet = accepted(sockets)
    sockets.listen(3)
    again = accepted(sockets)

    assert [CONNECTIONS] * 5 == [sum(counts) for counts in (three, steered, two, not_yet, again)]
    assert (0, 0) == (steered[2], not_yet[2])
    assert all(counts[0] and counts[1] for counts in (three, steered, two, not_yet, again))
    assert three[2]
    assert again[2]


def test_a_listening_port_is_taken(sockets: SlotSockets) -> None:
    """
    A second service on the port is refused, though its sockets could share it.
    """
    sockets.open(1)

    with pytest.raises(PortTakenError, match=f"port {sockets.port} on 127.0.0.1 is taken by another program"):
        SlotSockets(sockets.address, sockets.port).open(1)


def test_a_foreign_address_is_explained() -> None:
    """
    An address that is not this machine's is named.
    """
    with pytest.raises(OSError, match=r"cannot listen on port 8890 of 192\.0\.2\.1 .* take an address of this machine"):
        SlotSockets("192.0.2.1", 8890).open(1)
