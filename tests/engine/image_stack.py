"""The dev stack with its services in containers: images by the shipped builder, the docker plugin a stand-in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.engine.dev_stack import ROOT, DevStack, free_port, on_a_laptop
from tests.services.scoring_container import docker


class ImageStack(DevStack):
    """The project; *base* is the layout of the base image, *store* a registry, else the folder of the dev stack."""

    def __init__(self, root: Path, environment: Mapping[str, str], base: Path, store: str | None = None) -> None:
        super().__init__(root, on_a_laptop(environment))
        self.ports = {service: free_port() for service in self.services}
        self._add_stand_in()
        self.change(lambda config: _in_containers(config, base, store, self.ports))

    def change(self, edit: Any) -> None:  # noqa: ANN401 - any function that changes a mapping
        """Have *edit* change the block `config` of the stack file."""
        path = self.root / "Pulumi.dev.yaml"
        document = yaml.safe_load(path.read_text())
        edit(document["config"])
        path.write_text(yaml.safe_dump(document))

    def port_of(self, service: str) -> int:
        """Give the port of a service."""
        return self.ports[service]

    def images(self) -> dict[str, str]:
        """Read the references of the images from the stack's outputs, by service."""
        return {service: str(endpoint["image"]) for service, endpoint in self.endpoints().items()}

    def remove_containers(self) -> None:
        """Remove what a failed test has left."""
        for port in self.ports.values():
            for container in docker("ps", "--all", "--quiet", "--filter", f"publish={port}").split():
                docker("rm", "--force", container)

    def _add_stand_in(self) -> None:
        path = self.root / "Pulumi.yaml"
        document = yaml.safe_load(path.read_text())
        plugin = {"name": "docker", "path": str(ROOT / "tests" / "standins" / "docker")}
        document["plugins"]["providers"].append(plugin)
        path.write_text(json.dumps(document))


def _in_containers(config: dict[str, Any], base: Path, store: str | None, ports: Mapping[str, int]) -> None:
    if store is not None:
        config["modelport:registry"] = {"existing": {"store": store}}
    for name, service in config["modelport:services"].items():
        service["image"] = {"base": f"oci-layout:{base}"}
        service["target"] = {"kind": "local", "mode": "container", "port": ports[name]}
