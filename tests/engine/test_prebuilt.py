"""An image that one stack built and another one runs, by digest: no model, script or base is declared again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from modelport.store.reference import parse_image_reference

from tests.engine.dev_stack import plain
from tests.engine.image_stack import ImageStack
from tests.services.registry import Registry

pytestmark = [pytest.mark.engine, pytest.mark.slow]


class PromotingStack(ImageStack):
    """The project with the service `digits` alone, in a container; images are in *store*."""

    def __init__(self, root: Path, environment: dict[str, str], base: Path, store: str | None) -> None:
        super().__init__(root, environment, base, store)
        self.services = ("digits",)
        self.change(lambda config: config["modelport:services"].pop("diabetes"))

    def take(self, reference: str) -> None:
        """Serve the image *reference*, and declare nothing else of it."""

        def edit(config: dict[str, Any]) -> None:
            service = config["modelport:services"]["digits"]
            config["modelport:services"]["digits"] = {"image": {"reference": reference}, "target": service["target"]}

        self.change(edit)


@pytest.fixture(name="stacks")
def staging_and_production(
    tmp_path: Path, service_environment: dict[str, str], docker_daemon: str, debian_base: Path, registry: Registry
) -> Iterator[tuple[PromotingStack, PromotingStack]]:
    """Make two projects, not yet up: one has its images in a registry, the other in a folder."""
    staging = PromotingStack(tmp_path / "staging", service_environment, debian_base, registry.store)
    production = PromotingStack(tmp_path / "production", service_environment, debian_base, None)
    yield staging, production
    staging.remove_containers()
    production.remove_containers()


def test_production_runs_what_staging_built(stacks: tuple[PromotingStack, PromotingStack]) -> None:
    """
    The digest stays, the image scores and names its models; `up` again changes nothing; processes are told what to do.
    """
    staging, production = stacks
    staging.up()
    built = staging.endpoints()["digits"]
    staging.down()
    production.take(built["image"])
    preview = plain(production.run("preview", "--", "--show-full-output").stdout)
    production.up()
    served = production.endpoints()["digits"]
    answer = production.ask("digits")
    again = plain(production.up())
    production.edit("Pulumi.dev.yaml", "mode: container", "mode: process")
    refused = plain(production.run("preview").stdout)
    production.edit("Pulumi.dev.yaml", "mode: process", "mode: container")
    production.down()

    wanted = parse_image_reference(built["image"])
    assert served["image"] in preview
    assert (wanted.content_key, wanted.digest) == _named(served["image"])
    assert (200, built["models"]) == (answer.status, served["models"])
    assert "unchanged" in again
    assert "updated" not in again
    assert "replaced" not in again
    assert "services.digits.image.reference: names an image, but a process runs files" in refused


def _named(image: str) -> tuple[str, str | None]:
    found = parse_image_reference(image)
    return found.content_key, found.digest
