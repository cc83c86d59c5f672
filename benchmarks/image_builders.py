"""Modelport and Docker as two who do the same: bring an image of `diabetes` into a registry of their own."""

from pathlib import Path
from typing import Protocol

from benchmarks.clone import Stopwatch
from benchmarks.docker_images import Client, DockerImages
from benchmarks.image_project import ImageProject
from tests.services.registry import Registry

LAYOUT = "oci-layout:.modelport/store"


class Contestant(Protocol):
    """Who brings images into *registry*, of files that a user changes in *project*."""

    name: str
    project: ImageProject
    registry: Registry

    def prepare(self) -> None:
        """Do what is not measured."""
        ...

    def bring(self) -> dict[str, float]:
        """Bring the image there; give the seconds of each part."""
        ...


class Modelport:
    """The provider with builder `oci`: it registers the model, and builds and pushes the image."""

    name = "modelport"

    def __init__(self, folder: Path, base: Path, registry: Registry) -> None:
        self.registry = registry
        self.project = ImageProject(folder, base, store=registry.store, builder="oci")

    def prepare(self) -> None:
        """Nothing: all of it is measured."""

    def bring(self) -> dict[str, float]:
        """Build and push."""
        return self.project.apply()


class Docker:
    """
    `docker build` of what builder `context` writes, and `docker push`.

    The context is there before the clock starts: packages are installed and packed, the script has its layer.
    """

    def __init__(self, folder: Path, base: Path, registry: Registry, images: DockerImages, client: Client) -> None:
        self.name = f"docker, {client.name}"
        self.registry = registry
        self.project = ImageProject(folder, base, store=LAYOUT, builder="context")
        self._images = images
        self._client = client
        self._base = images.base(base)
        self._built = 0

    def prepare(self) -> None:
        """Write the context."""
        self.project.apply()

    def bring(self) -> dict[str, float]:
        """Build and push; each image gets a tag of its own, so that none is left without a name."""
        name = f"{self.registry.host}/team/images/diabetes:{self._built}"
        watch = Stopwatch()
        context = self.project.root / self.project.output("diabetes", "path")
        self._images.build(self._client, context, self._base, name, cached=self._built > 0)
        parts = {"build": watch.seconds}
        watch = Stopwatch()
        self._images.push(self._client, name)
        self._built += 1
        return {**parts, "push": watch.seconds}
