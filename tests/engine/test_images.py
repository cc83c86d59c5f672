"""Images through the engine: the shipped program, builder and runtime; a real registry, a real Docker daemon."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from modelport.store.reference import parse_image_reference

from tests.engine.dev_stack import plain
from tests.engine.image_stack import ImageStack
from tests.services.registry import Registry, registry_process
from tests.services.scoring_container import docker, run_image
from tools import services

pytestmark = [pytest.mark.engine, pytest.mark.slow]

_DIGEST = re.compile(r"images/(diabetes|digits):[0-9a-f]{64}@(sha256:[0-9a-f]{64})")
_MB = 1_000_000
_LIMITS_MB = {"digits": 100, "diabetes": 150}
_READY_WITHIN_S = 30


@dataclass(frozen=True)
class Built:
    """A stack that is up, what a preview of it told before, and the registry that its images are in."""

    stack: ImageStack
    registry: Registry
    previewed: dict[str, str]

    def reference(self, service: str) -> str:
        """Name an image as Docker pulls it."""
        return f"{self.registry.host}/team/images/{service}@{self.previewed[service]}"

    def blobs(self) -> list[Path]:
        """List the files of all that the registry keeps."""
        return list(self.registry.storage.glob("blobs/sha256/*/*/data"))


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, service_environment: dict[str, str], docker_daemon: str, debian_base: Path
) -> Iterator[Built]:
    """Bring the dev stack up in containers, images in a registry; each test leaves it as it was, or better."""
    folder = tmp_path_factory.mktemp("images")
    program = services.find("docker-registry")
    assert program is not None
    with registry_process(program, folder / "registry", users=None, tokens=False, tls=False) as registry:
        stack = ImageStack(folder / "project", service_environment, debian_base, registry.store)
        try:
            previewed = dict(_DIGEST.findall(plain(stack.run("preview", "--", "--show-full-output").stdout)))
            stack.up()
            yield Built(stack, registry, previewed)
        finally:
            stack.remove_containers()


def _manifest(built: Built, service: str) -> tuple[str, dict[str, list[dict[str, int]]]]:
    """Ask the registry itself; give the digest that it states, and the manifest."""
    url = f"{built.registry.url}/v2/team/images/{service}/manifests/{built.previewed[service]}"
    accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=accept), timeout=10) as answer:  # noqa: S310 - http
        return answer.headers["Docker-Content-Digest"], json.load(answer)


def _score(built: Built, url: str) -> int:
    body = (built.stack.root / "examples/digits/sample-request.json").read_bytes()
    request = urllib.request.Request(f"{url}score", body, {"Content-Type": "application/json"})  # noqa: S310 - http
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - http
        return int(answer.status)


def test_the_previewed_digest_is_the_registrys(built: Built) -> None:
    """
    A preview before anything was built tells each digest; outputs and registry have the same after the push.
    """
    images = {name: parse_image_reference(text).digest for name, text in built.stack.images().items()}
    stated = {name: _manifest(built, name)[0] for name in _LIMITS_MB}

    assert built.previewed == images == stated


def test_images_are_no_larger_than_promised(built: Built) -> None:
    """
    Compressed and with the base of the tests; the figure of Azure ML's page of 2019 was 1,430 MB.
    """
    sizes = {name: sum(each["size"] for each in _manifest(built, name)[1]["layers"]) / _MB for name in _LIMITS_MB}

    assert [name for name, size in sizes.items() if size >= _LIMITS_MB[name]] == []


def test_services_answer_and_a_second_up_changes_nothing(built: Built) -> None:
    """
    The containers score; nothing is built, loaded or replaced twice.
    """
    answers = [built.stack.ask(service).status for service in built.stack.services]
    again = plain(built.stack.up())

    assert [200, 200] == answers
    assert "unchanged" in again
    assert not re.search(r"\d+ (to )?(create|update|replace)", again)


def test_a_pulled_image_scores_read_only_as_any_user(built: Built) -> None:
    """
    Docker pulls both images from the registry by digest; they start read-only, as user 10001, without capabilities.
    """
    for service in built.stack.services:
        docker("pull", "--quiet", built.reference(service))
        with run_image(built.reference(service)) as container:
            port = int(container.url.rstrip("/").rpartition(":")[2])
            assert 200 == built.stack.ask(service, key="none is asked for", port=port).status
            assert 0 == container.stop()


def test_the_line_that_azure_ml_documents_runs_the_image(built: Built) -> None:
    """
    ``docker run -p 6789:5001 --name mycontainer`` and ``docker kill``, read-only and as a user without a name.
    """
    options = ("--detach", "--read-only", "--user", "10001", "-p", "6789:5001", "--name", "mycontainer")
    docker("run", *options, built.reference("digits"))
    try:
        _wait("http://127.0.0.1:6789/")
        assert 200 == _score(built, "http://127.0.0.1:6789/")
        docker("kill", "mycontainer")
    finally:
        docker("rm", "--force", "mycontainer")


def test_the_image_command_writes_what_up_pushed(built: Built, tmp_path: Path) -> None:
    """
    `modelport image` prints the digest and writes the image: as a layout, and for `docker load`.
    """
    done = built.stack.run("image", "digits", "--out", str(tmp_path / "layout"))
    [entry] = json.loads((tmp_path / "layout" / "index.json").read_text())["manifests"]
    built.stack.run("image", "digits", "--archive", str(tmp_path / "digits.tar"))
    loaded = docker("load", "--quiet", "--input", str(tmp_path / "digits.tar"))

    assert built.previewed["digits"] == done.stdout.strip().splitlines()[-1] == entry["digest"]
    with run_image(loaded.partition(": ")[2].splitlines()[0]) as container:
        assert 200 == _score(built, container.url)


def test_no_key_or_passphrase_is_in_what_was_built(built: Built) -> None:
    """
    Neither the services' keys nor the stack's passphrase are in any blob of the registry.
    """
    secrets = [
        built.stack.key(service, which) for service in built.stack.services for which in ("primary", "secondary")
    ]
    secrets += [file.read_text().strip() for file in built.stack.root.glob(".modelport/*passphrase*")]
    blobs = [blob.read_bytes() for blob in built.blobs()]

    assert len(secrets) == 5
    assert [] == [secret for secret in secrets for blob in blobs if secret.encode() in blob]


def test_a_changed_script_moves_less_than_100_kb(built: Built) -> None:
    """
    A new script pushes its own layer and the documents that name it; all else is there.
    """
    before = sum(blob.stat().st_size for blob in built.blobs())
    built.stack.edit("examples/diabetes/score.py", '"""Answer', '"""Answer anew')
    built.stack.up()
    pushed = sum(blob.stat().st_size for blob in built.blobs()) - before

    assert 0 < pushed < 100_000
    assert 200 == built.stack.ask("diabetes").status


def test_a_registry_that_does_not_answer_is_told_at_preview(built: Built) -> None:
    """
    One line names it; nothing is changed.
    """
    text = (built.stack.root / "Pulumi.dev.yaml").read_text()
    built.stack.edit("Pulumi.dev.yaml", built.registry.host, "localhost:1")
    done = built.stack.run("preview")
    (built.stack.root / "Pulumi.dev.yaml").write_text(text)

    assert 0 != done.returncode
    assert "localhost:1" in done.stdout
    assert "Traceback" not in done.stdout


def _wait(url: str) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - http
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(docker("logs", "mycontainer"))
