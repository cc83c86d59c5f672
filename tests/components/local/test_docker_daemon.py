"""Docker's own command, driven: what it says becomes one line, and nothing half-made stays."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from modelport.local.docker_archive import LoadableImage
from modelport.local.docker_daemon import DEFAULT_HOST, DockerDaemon, DockerError, docker_host

from tests.services.scoring_image import layout_repository, write_image


def test_a_daemon_that_does_not_answer_is_named(tmp_path: Path) -> None:
    """
    The error has the address and the way out, on one line.
    """
    with pytest.raises(DockerError, match=rf"^Docker at unix://{tmp_path}/none: [^\n]+; start Docker there, or give"):
        DockerDaemon(f"unix://{tmp_path}/none").has("sha256:0")


def test_without_the_command_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A process needs no Docker, and the error says so.
    """
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(DockerError, match=r"`docker` is not on PATH; install .*mode: process"):
        DockerDaemon(DEFAULT_HOST).has("sha256:0")


@pytest.mark.parametrize(
    ("given", "environment", "host"),
    [
        ("ssh://ops@build.example.com", {"DOCKER_HOST": "tcp://other"}, "ssh://ops@build.example.com"),
        (None, {"DOCKER_HOST": "unix:///run/user/1000/docker.sock"}, "unix:///run/user/1000/docker.sock"),
        (None, {"DOCKER_HOST": ""}, DEFAULT_HOST),
    ],
)
def test_the_daemon_is_the_one_that_the_docker_plugin_takes(
    given: str | None, environment: dict[str, str], host: str
) -> None:
    """
    What is given counts most, then DOCKER_HOST; an empty variable is none.
    """
    assert host == docker_host(given, environment)


def test_the_command_gets_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Neither the passphrase nor a cloud's credentials are in its environment.
    """
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hunter2")
    monkeypatch.setenv("ARM_CLIENT_SECRET", "hunter2")

    assert "hunter2" not in DockerDaemon(DEFAULT_HOST)._environment().values()


@pytest.mark.slow
def test_an_archive_that_breaks_off_leaves_nothing(docker_daemon: str, debian_base: Path, tmp_path: Path) -> None:
    """
    The error of the source comes out, and the daemon has not the image, half of which it got.
    """
    repository = layout_repository(tmp_path / "store", "broken")
    key = write_image(debian_base, repository, tmp_path, script=f"# {uuid.uuid4()}\n").partition("@")[0]
    manifest = repository.resolve(key)
    assert manifest is not None
    image = LoadableImage(repository, manifest, f"modelport-test/broken:{key[:12]}")

    def broken() -> Iterator[bytes]:
        chunks = list(image.chunks())
        yield from chunks[: len(chunks) // 2]
        msg = "the source ends"
        raise RuntimeError(msg)

    daemon = DockerDaemon(docker_host(None))
    with pytest.raises(RuntimeError, match="the source ends"):
        daemon.load(broken())

    assert not daemon.has(image.config().digest)


@pytest.mark.slow
def test_an_archive_that_is_none_is_refused_in_the_daemons_words(docker_daemon: str) -> None:
    """
    What the daemon says of the archive is in the error.
    """
    with pytest.raises(DockerError, match=r"^Docker at .*: \S"):
        DockerDaemon(docker_host(None)).load([b"no archive"] * 1000)
