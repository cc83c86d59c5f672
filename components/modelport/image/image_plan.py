"""The image that a build would make: its digest is known before a single layer is copied."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from modelport.errors import ModelportError
from modelport.image.base import LockedBase
from modelport.image.build_plan import BuildPlan
from modelport.image.environment_layer import environment_layer
from modelport.image.image_config import CONFIG_TYPE, ImageFacts, image_config, image_manifest
from modelport.image.layers import Layer, LayerKind
from modelport.image.own_layers import links_layer, runtime_layer, script_layer
from modelport.progress import Progress, silent
from modelport.store.descriptor import MANIFEST_TYPE, Descriptor
from modelport.workspace import Workspace

LAYER_LIMIT: Final = 125
"""Docker refuses images with more (`maxLayerDepth` in moby's layer store)."""


@dataclass(frozen=True)
class ImagePlan:
    """An image as it will be stored."""

    facts: ImageFacts
    base: LockedBase
    layers: tuple[Layer, ...]
    """Ours, in order; the base's lie below."""
    config: bytes
    manifest: bytes

    @property
    def descriptor(self) -> Descriptor:
        """Describe the manifest: its digest is the image's."""
        return Descriptor.of(MANIFEST_TYPE, self.manifest)

    @property
    def config_descriptor(self) -> Descriptor:
        """Describe the configuration: its digest is Docker's id of the image."""
        return Descriptor.of(CONFIG_TYPE, self.config)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes, compressed, by kind of layer."""
        found = {LayerKind.BASE.value: sum(each.size for each in self.base.layers)}
        for each in self.layers:
            found[each.kind.value] = found.get(each.kind.value, 0) + each.descriptor.size
        return found


def plan_image(plan: BuildPlan, facts: ImageFacts, workspace: Workspace, progress: Progress = silent) -> ImagePlan:
    """
    Compose the image of *plan*, one that has a base; of its blobs only the small ones of this machine's files are made.

    Raises `ModelportError` when no container could be made of it.
    """
    if plan.base is None or plan.layer is None:
        msg = f"image {facts.name!r} was planned as files: it has no base and no layers; plan it for builder oci"
        raise ModelportError(msg)
    script = plan.script.tree if plan.script else None
    layers = (
        environment_layer(plan.environment, plan.layer, workspace, progress),
        runtime_layer(plan.runtime),
        *(each.layer for each in facts.models),
        *((script_layer(script),) if script and script.files else ()),
        links_layer(plan.base, facts.models, own_packages=plan.request.interpreter_path is not None),
    )
    if (count := len(layers) + len(plan.base.layers)) > LAYER_LIMIT:
        msg = (
            f"image {facts.name!r} would have {count} layers, {len(facts.models)} of them models; containers take "
            f"{LAYER_LIMIT}: put several of the models' files into one registered model, or split the service"
        )
        raise ModelportError(msg)
    config = image_config(facts, plan.base, layers)
    return ImagePlan(facts, plan.base, layers, config, image_manifest(config, plan.base, layers))
