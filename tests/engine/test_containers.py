"""A service in container mode, through the engine, our provider and a stand-in of the docker plugin: a real daemon."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.container_stack import ContainerStack
from tests.engine.dev_stack import plain
from tests.loadgen import BackgroundLoad
from tests.services.docker_hosts import TlsHost, write_ssh
from tests.services.scoring_container import docker

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(name="stack")
def container_stack(
    tmp_path: Path, service_environment: dict[str, str], docker_daemon: str, debian_base: Path
) -> Iterator[ContainerStack]:
    """Make the project, not yet up."""
    stack = ContainerStack(tmp_path / "project", service_environment, debian_base)
    stack.use(answer=1)
    yield stack
    stack.remove_containers()


def test_up_runs_a_container_and_up_again_changes_nothing(stack: ContainerStack) -> None:
    """
    The service answers those who have a key; a second `up` finds nothing to do; `down` leaves no container.
    """
    stack.up()
    key = stack.key("answers")
    answers = [stack.score(key), stack.score(None)]
    again = plain(stack.up())
    [container] = stack.containers()
    found = stack.inspect(container)
    stack.down()

    assert [200, 401] == [answer.status for answer in answers]
    assert "1" == answers[0].body
    assert "unchanged" in again
    assert "updated" not in again
    assert ["ALL"] == found["HostConfig"]["CapDrop"]
    assert [] == stack.containers()


def test_a_refresh_finds_nothing_changed(stack: ContainerStack) -> None:
    """
    What is declared is written as Docker gives it back: a refresh and the next `up` see no difference.
    """
    stack.use(memory_mb=256, cpu=0.5, ready_timeout_s=75)
    stack.up()
    refreshed = plain(stack.run("refresh").stdout)
    again = plain(stack.up())

    for output in (refreshed, again):
        assert "unchanged" in output
        assert "updated" not in output
        assert "replaced" not in output


def test_the_container_may_do_nothing_but_serve(stack: ContainerStack) -> None:
    """
    No capability, no new privileges, this machine only, a bounded log, a probe without a shell, a restart by Docker.
    """
    stack.use(memory_mb=256, cpu=0.5)
    stack.up()
    [container] = stack.containers()
    found = stack.inspect(container)
    host, config = found["HostConfig"], found["Config"]

    assert (["ALL"], ["no-new-privileges"]) == (host["CapDrop"], host["SecurityOpt"])
    assert [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}] == host["PortBindings"]["5001/tcp"]
    assert {"Type": "json-file", "Config": {"max-file": "4", "max-size": "10m"}} == host["LogConfig"]
    assert ("unless-stopped", 256 * 2**20, 500_000_000) == (
        host["RestartPolicy"]["Name"],
        host["Memory"],
        host["NanoCpus"],
    )
    assert ["CMD", "/opt/modelport/environment/bin/python"] == config["Healthcheck"]["Test"][:2]
    assert "10001:10001" == config["User"]


def test_keys_are_a_file_of_digests_that_only_the_service_reads(stack: ContainerStack) -> None:
    """
    Neither the environment of the container nor its file has a key, and the state has them encrypted.
    """
    stack.up()
    key = stack.key("answers")
    [container] = stack.containers()
    mode = docker("exec", container, "stat", "--format", "%a %u", "/opt/modelport/keys.json")
    [state] = stack.root.glob(".modelport/state/.pulumi/stacks/*/dev.json")
    shown = f"{stack.inspect(container)} {docker('exec', container, 'cat', '/opt/modelport/keys.json')}"

    assert "400 10001" == mode
    assert key not in shown
    assert hashlib.sha256(key.encode()).hexdigest() in shown
    assert key not in state.read_text()
    assert hashlib.sha256(key.encode()).hexdigest() not in state.read_text()


def test_a_key_is_replaced_alone(stack: ContainerStack) -> None:
    """
    A raised generation makes one new key; the other goes on, in a new container.
    """
    stack.up()
    old = [stack.key("answers", which) for which in ("primary", "secondary")]
    stack.use(secondary_generation=2)
    stack.up()
    new = stack.key("answers", "secondary")

    assert [200, 401, 200] == [stack.score(key).status for key in (*old, new)]


def test_a_container_that_was_removed_comes_back(stack: ContainerStack) -> None:
    """
    A refresh finds that it is gone, and `up` makes it again; the image is loaded again when that is gone, too.
    """
    stack.up()
    [container] = stack.containers()
    image = stack.inspect(container)["Image"]
    docker("rm", "--force", container)
    docker("image", "rm", image)
    stack.run("refresh")
    stack.up()

    assert 200 == stack.score(stack.key("answers")).status


def test_down_removes_the_image_only_when_asked(stack: ContainerStack) -> None:
    """
    The image stays in Docker for the next `up`, unless `delete_image` says otherwise.
    """
    stack.up()
    [container] = stack.containers()
    image = stack.inspect(container)["Image"]
    stack.down()
    kept = docker("image", "ls", "--quiet", "--no-trunc")
    stack.use(delete_image=True)
    stack.up()
    stack.down()

    assert image in kept
    assert image not in docker("image", "ls", "--quiet", "--no-trunc")
    assert [] == stack.containers()


def test_logs_are_the_containers(stack: ContainerStack) -> None:
    """
    `modelport logs` prints what the container wrote, though no file of this machine has it.
    """
    stack.up()
    stack.score(stack.key("answers"))
    shown = stack.run("logs", "answers", "-n", "1").stdout

    assert "POST /score 200" in shown


def test_an_image_that_cannot_start_is_an_error_that_names_it(stack: ContainerStack) -> None:
    """
    The container that ends at once fails the update; the next good image replaces it.
    """
    stack.use(answer=1, script="raise RuntimeError('no init')\n")
    failed = stack.run("up")
    stack.use(answer=3)
    stack.up()

    assert 1 == failed.returncode
    assert "container" in plain(failed.stdout)
    assert "3" == stack.score(stack.key("answers")).body


@pytest.mark.alone
def test_a_change_costs_less_than_three_seconds(stack: ContainerStack, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The new image is loaded while the old container answers; only the port's hand-over is a gap.
    """
    stack.up()
    key = stack.key("answers")
    with BackgroundLoad(f"http://127.0.0.1:{stack.port}/score", rate_per_s=215, key=key) as load:
        stack.use(answer=2)
        stack.up()
        time.sleep(1)
    result = load.result
    gap_s = result.lost / result.rate_per_s
    with capsys.disabled():
        print(f"\na new container: {result.lost} of {result.sent} requests lost, a gap of {gap_s:.2f} s")

    assert result.rate_per_s >= 200
    assert gap_s < 3
    assert "2" == stack.score(key).body


def test_a_docker_host_behind_ssh(stack: ContainerStack) -> None:
    """
    Image and container go to the daemon that ssh leads to, and `logs` follows them there.
    """
    asked = write_ssh(stack.root.parent / "programs")
    stack.environment["PATH"] = f"{asked.parent}:{stack.environment['PATH']}"
    stack.use(docker_host="ssh://ops@127.0.0.1")
    stack.up()
    answer = stack.score(stack.key("answers"))
    stack.down()

    assert 200 == answer.status
    assert "ops" in asked.read_text()
    assert [] == stack.containers()


def test_a_docker_host_behind_tls(stack: ContainerStack) -> None:
    """
    Client and daemon show each other certificates of the folder that is named; without them nobody gets in.
    """
    with TlsHost(stack.root / "certificates") as host:
        stack.use(docker_host=host.url, docker_cert_path="certificates")
        stack.up()
        answer = stack.score(stack.key("answers"))
        stack.use(docker_cert_path=None)
        refused = stack.run("preview")
        stack.use(docker_cert_path="certificates")
        stack.down()

    assert 200 == answer.status
    assert 1 == refused.returncode
    assert f"Docker at {host.url}" in plain(refused.stdout)


def test_a_container_moves_to_another_host(stack: ContainerStack) -> None:
    """
    A changed host takes the container away where it was, before it runs elsewhere.
    """
    stack.up()
    before = stack.containers()
    write_ssh(stack.root.parent / "programs")
    stack.environment["PATH"] = f"{stack.root.parent / 'programs'}:{stack.environment['PATH']}"
    stack.use(docker_host="ssh://ops@127.0.0.1")
    stack.up()
    [after] = stack.containers()

    assert [after] != before
    assert 200 == stack.score(stack.key("answers")).status
