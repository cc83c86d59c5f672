"""Models between resources: what an image may know of a model before it is registered, and who runs which."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from modelport.errors import ModelportError
from modelport.image.build import Build
from modelport.image.own_layers import ModelLayer
from modelport.image.request import ImageModel
from modelport.provider.resource import Call
from modelport.registry.versions import ModelVersions
from modelport.resources import Resources
from modelport.store.descriptor import Descriptor
from modelport.store.reference import ModelReference, StoreLocation, parse_image_reference, parse_reference, parse_store
from modelport.store.repository import Repository
from modelport.store.verified import CHUNK


@dataclass(frozen=True)
class PlannedModel:
    """What a preview knows of a model that an update would register."""

    name: str
    digest: str
    framework: str
    framework_version: str | None
    resources: Resources
    layer: ModelLayer


def remember_model(call: Call, store: str, model: PlannedModel) -> None:
    """Keep *model* for the images of this run."""
    call.session.planned["model", str(parse_store(store)), model.name, model.digest] = model


def image_model(call: Call, text: str, store: str) -> ImageModel:
    """
    Find the model of reference *text*: planned in this run, or registered.

    Raises `ModelportError` when it is neither, or lies in another store than the image's.
    """
    reference = parse_reference(text)
    if reference.store != parse_store(store):
        msg = (
            f"model {reference.name!r} is in store {str(reference.store)!r}, the image in {store!r}; register it there"
        )
        raise ModelportError(msg)
    planned = _planned(call, reference)
    if planned is None:
        found = _versions(call, reference.store).by_digest(reference.name, reference.digest)
        said = found.metadata
        known = (said.framework.value, said.framework_version, said.resources)
    else:
        known = (planned.framework, planned.framework_version, planned.resources)
    framework, framework_version, resources = known
    return ImageModel(
        reference.name,
        reference.digest,
        framework=framework,
        framework_version=framework_version,
        resources=resources,
    )


def model_layer(call: Call, text: str, store: str) -> ModelLayer:
    """Find the layer and the version of the model of reference *text*, which `image_model` knows."""
    reference = parse_reference(text)
    planned = _planned(call, reference)
    if planned is not None:
        return planned.layer
    found = _versions(call, reference.store).by_digest(reference.name, reference.digest)
    repository = call.session.repository(store, f"models/{reference.name}")
    [layer] = [Descriptor.read(each) for each in json.loads(repository.manifest(found.content))["layers"]]
    return ModelLayer(found.name, found.digest, found.version, layer, lambda: _chunks(repository, layer))


def hold_models(call: Call, image: str, service: str, build: Build) -> None:
    """Note in the store that *service* runs the models of *build*, so that nobody removes them."""
    store = _store_of(image)
    references = [str(ModelReference(store, name, digest)) for name, digest in build.models]
    _versions(call, store).add_reference(_user(call, service), references)


def forget_models(call: Call, image: str, service: str) -> None:
    """Note that *service* is gone."""
    _versions(call, _store_of(image)).remove_reference(_user(call, service))


def _planned(call: Call, reference: ModelReference) -> PlannedModel | None:
    planned = call.session.planned.get(("model", str(reference.store), reference.name, reference.digest))
    return planned if isinstance(planned, PlannedModel) else None


def _chunks(repository: Repository, layer: Descriptor) -> Iterator[bytes]:
    with repository.open(layer) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _versions(call: Call, store: StoreLocation) -> ModelVersions:
    return call.session.models_of(str(store))


def _store_of(image: str) -> StoreLocation:
    return parse_image_reference(image).store


def _user(call: Call, service: str) -> str:
    return f"{call.stack.backend}/{call.stack.project}/{call.stack.stack}/{service}"
