"""The shipped program with services in containers: models, images and containers in one `up`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.engine.dev_stack import ROOT, DevStack, on_a_laptop, plain
from tests.services.docker_hosts import base_in_daemon
from tests.services.registry import Registry
from tests.services.scoring_container import docker

pytestmark = [pytest.mark.engine, pytest.mark.slow]


class ShippedStack(DevStack):
    """The dev stack with service `digits` alone, in a container, and a stand-in for the docker plugin."""

    def __init__(self, root: Path, environment: dict[str, str], base: Path) -> None:
        super().__init__(root, on_a_laptop(environment))
        (root / "base").symlink_to(base)
        plugins = yaml.safe_load((root / "Pulumi.yaml").read_text())
        plugins["plugins"]["providers"].append({"name": "docker", "path": str(ROOT / "tests" / "standins" / "docker")})
        (root / "Pulumi.yaml").write_text(yaml.safe_dump(plugins))
        self.settings: dict[str, object] = {}
        self.service = {
            "models": [{"name": "digits", "path": "examples/digits/digits.onnx"}],
            "image": {"base": "oci-layout:base"},
            "target": {"kind": "local", "mode": "container", "port": self.port, "on_destroy": {"delete_image": True}},
        }
        self.write()

    def write(self) -> None:
        """Write the stack file."""
        config = {**self.settings, "modelport:services": {"digits": self.service}}
        (self.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))

    def port_of(self, service: str) -> int:
        """Give the port of the one service there is."""
        assert service == "digits"
        return self.port

    def remove_containers(self) -> None:
        """Remove what a failed test has left."""
        for container in docker("ps", "--all", "--quiet", "--filter", f"publish={self.port}").split():
            docker("rm", "--force", container)


@pytest.fixture(name="stack")
def shipped_stack(
    tmp_path: Path, service_environment: dict[str, str], docker_daemon: str, debian_base: Path
) -> Iterator[ShippedStack]:
    """Make the project, not yet up."""
    stack = ShippedStack(tmp_path / "project", service_environment, debian_base)
    yield stack
    stack.remove_containers()


def test_a_service_comes_up_in_a_container(stack: ShippedStack) -> None:
    """
    From a model file to an answer of its image; the preview knows the image's id; `up` again changes nothing.
    """
    preview = plain(stack.run("preview", "--", "--diff").stdout)
    stack.up()
    answer = stack.ask("digits")
    image_id = stack.resources()["LoadedImage digits"]["id"]
    again = plain(stack.up())
    logs = stack.run("logs", "digits").stdout
    stack.down()

    assert 200 == answer.status
    assert re.search(rf'imageId *: "{image_id}"', preview)
    assert "updated" not in again
    assert "replaced" not in again
    assert "POST /score 200" in logs
    assert "" == docker("ps", "--all", "--quiet", "--filter", f"publish={stack.port}")


def test_a_service_comes_up_from_a_registry(stack: ShippedStack, registry: Registry) -> None:
    """
    Model, image and base layers are in the registry; the daemon gets the image through the provider.
    """
    stack.settings["modelport:registry"] = {"existing": {"store": registry.store}}
    stack.write()
    stack.up()
    answer = stack.ask("digits")
    endpoint = json.loads(stack.run("outputs").stdout)["digits"]
    stack.down()

    assert 200 == answer.status
    assert endpoint["image"].startswith(f"{registry.store}/images/digits:")


def test_a_daemon_builds_on_a_dockerfile(stack: ShippedStack, registry: Registry, debian_base: Path) -> None:
    """
    What the user's lines made is in the image that is pushed and served; `up` again builds nothing.
    """
    stack.settings["modelport:registry"] = {"existing": {"store": registry.store}}
    stack.service["image"] = {"builder": "docker", "dockerfile": "Dockerfile", "base": "oci-layout:base"}
    with base_in_daemon(debian_base) as base:
        (stack.root / "Dockerfile").write_text(f'FROM {base}\nRUN echo made > /opt/own\nUSER nobody\nCMD ["none"]\n')
        stack.write()
        stack.run("preview")
        stack.up()
        answer = stack.ask("digits")
        again = plain(stack.up())
        [container] = docker("ps", "--quiet", "--filter", f"publish={stack.port}").split()
        own = docker("exec", container, "cat", "/opt/own")
        image = json.loads(stack.run("outputs").stdout)["digits"]["image"]
        stack.down()
        pushed = f"reference={registry.host}/team/images/digits"
        docker("image", "rm", *docker("image", "ls", "--quiet", "--filter", pushed).split())

    assert (200, "made") == (answer.status, own)
    assert image.startswith(f"{registry.store}/images/digits:")
    assert "@sha256:" in image
    assert "updated" not in again
    assert "replaced" not in again


def test_a_daemon_pushes_to_registries_only(stack: ShippedStack) -> None:
    """
    Builder docker with a store in a folder is refused at preview, with the way out.
    """
    stack.service["image"] = {"builder": "docker", "dockerfile": "Dockerfile", "base": "oci-layout:base"}
    (stack.root / "Dockerfile").write_text("FROM debian\n")
    stack.write()
    refused = stack.run("preview")

    assert 1 == refused.returncode
    assert "a daemon pushes only to registries: give one, or take builder oci" in plain(refused.stdout)
