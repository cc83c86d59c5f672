"""Addresses and ports of local services."""

import socket

import pytest
from modelport.local import ports


@pytest.mark.parametrize("reuse", [False, True])
def test_a_port_with_a_listener_is_taken(*, reuse: bool) -> None:
    """
    A listener is seen even when it would share its port.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, reuse)
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        assert not ports.is_free("127.0.0.1", listener.getsockname()[1])


def test_the_same_owner_is_offered_the_same_port() -> None:
    """
    What a preview shows is what the update takes.
    """
    assert ports.choose("127.0.0.1", "dev/diabetes") == ports.choose("127.0.0.1", "dev/diabetes")


def test_a_taken_port_is_passed_over() -> None:
    """
    The next free port is chosen when another program has the first.
    """
    first = ports.choose("127.0.0.1", "dev/diabetes")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", first))
        listener.listen()

        assert first != ports.choose("127.0.0.1", "dev/diabetes")


@pytest.mark.parametrize(
    ("address", "port", "url"),
    [
        ("127.0.0.1", 80, "http://127.0.0.1:80"),
        ("0.0.0.0", 81, "http://127.0.0.1:81"),  # noqa: S104 - no socket is bound
        ("::1", 82, "http://[::1]:82"),
    ],
)
def test_the_url_is_one_that_a_caller_can_use(address: str, port: int, url: str) -> None:
    """
    A wildcard is no destination, and IPv6 addresses need brackets.
    """
    assert url == ports.base_url(address, port)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("127.0.0.1", None),
        ("localhost", "address 'localhost' is no IP address; use 127.0.0.1 (this machine only) or one of this host's"),
        (
            "203.0.113.7",
            "address '203.0.113.7' cannot be used on this machine: Cannot assign requested address; use 127.0.0.1",
        ),
    ],
)
def test_an_address_must_be_one_of_this_machine(address: str, problem: str | None) -> None:
    """
    Names and other hosts' addresses are refused with the reason.
    """
    assert problem == ports.address_problem(address)
