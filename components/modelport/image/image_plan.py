"""The image that a build would make: its digest is known before a single layer is copied."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from modelport.errors import ModelportError
from modelport.image.base import LockedBase
from modelport.image.image_config import CONFIG_TYPE, ImageFacts, image_config, image_manifest
from modelport.image.layers import Layer, LayerKind
from modelport.image.own_layers import links_layer, runtime_layer, script_layer
from modelport.image.runtime_files import RuntimeFiles
from modelport.image.script_files import ScriptTree
from modelport.store.descriptor import MANIFEST_TYPE, Descriptor

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


def plan_image(
    facts: ImageFacts, base: LockedBase, environment: Layer, runtime: RuntimeFiles, script: ScriptTree | None
) -> ImagePlan:
    """
    Compose an image; of its blobs only the small ones of this machine's files are made.

    Raises `ModelportError` when no container could be made of it.
    """
    written = script_layer(script) if script and script.files else None
    layers = (
        environment,
        runtime_layer(runtime),
        *(each.layer for each in facts.models),
        *((written,) if written else ()),
        links_layer(base, facts.models),
    )
    if (count := len(layers) + len(base.layers)) > LAYER_LIMIT:
        msg = (
            f"image {facts.name!r} would have {count} layers, {len(facts.models)} of them models; containers take "
            f"{LAYER_LIMIT}: put several of the models' files into one registered model, or split the service"
        )
        raise ModelportError(msg)
    config = image_config(facts, base, layers)
    return ImagePlan(facts, base, layers, config, image_manifest(config, base, layers))
