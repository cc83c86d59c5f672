"""How a container is declared, where it needs no daemon to be told."""

import pytest
from modelport.local.container import go_duration
from modelport.local.host_name import callable_host


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (3, "3s"), (59.2, "1m0s"), (60, "1m0s"), (75, "1m15s"), (3600, "1h0m0s")]
)
def test_durations_are_written_as_the_daemon_gives_them_back(seconds: float, text: str) -> None:
    """
    Go writes 60 seconds as 1m0s: in any other form a refresh would find a change.
    """
    assert text == go_duration(seconds)


@pytest.mark.parametrize(
    ("docker_host", "address", "host"),
    [
        ("unix:///var/run/docker.sock", "127.0.0.1", "127.0.0.1"),
        ("unix:///var/run/docker.sock", "0.0.0.0", "0.0.0.0"),  # noqa: S104 - compared, not bound
        ("ssh://ops@build.example.com", "0.0.0.0", "build.example.com"),  # noqa: S104 - the same
        ("tcp://10.0.0.7:2376", "::", "10.0.0.7"),
        ("ssh://ops@build.example.com", "127.0.0.1", "127.0.0.1"),
        ("ssh://ops@build.example.com", "10.0.0.7", "10.0.0.7"),
    ],
)
def test_a_url_has_the_name_under_which_the_container_is_reached(docker_host: str, address: str, host: str) -> None:
    """
    A wildcard of another machine is that machine; loopback stays what it is there.
    """
    assert host == callable_host(docker_host, address)
