"""Models between resources: what an image may know of a model before it is registered, and who runs which."""

from dataclasses import dataclass

from modelport.errors import ModelportError
from modelport.image.build import Build
from modelport.image.request import ImageModel
from modelport.provider.resource import Call
from modelport.registry.versions import ModelVersions
from modelport.resources import Resources
from modelport.store.reference import ModelReference, StoreLocation, parse_image_reference, parse_reference, parse_store


@dataclass(frozen=True)
class PlannedModel:
    """What a preview knows of a model that an update would register."""

    name: str
    digest: str
    framework: str
    framework_version: str | None
    resources: Resources


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
    planned = call.session.planned.get(("model", str(reference.store), reference.name, reference.digest))
    if not isinstance(planned, PlannedModel):
        planned = _registered(call, reference)
    return ImageModel(
        planned.name,
        planned.digest,
        framework=planned.framework,
        framework_version=planned.framework_version,
        resources=planned.resources,
    )


def hold_models(call: Call, image: str, service: str, build: Build) -> None:
    """Note in the store that *service* runs the models of *build*, so that nobody removes them."""
    store = _store_of(image)
    references = [str(ModelReference(store, name, digest)) for name, digest in build.models]
    _versions(call, store).add_reference(_user(call, service), references)


def forget_models(call: Call, image: str, service: str) -> None:
    """Note that *service* is gone."""
    _versions(call, _store_of(image)).remove_reference(_user(call, service))


def _registered(call: Call, reference: ModelReference) -> PlannedModel:
    found = _versions(call, reference.store).by_digest(reference.name, reference.digest)
    said = found.metadata
    return PlannedModel(found.name, found.digest, said.framework.value, said.framework_version, said.resources)


def _versions(call: Call, store: StoreLocation) -> ModelVersions:
    return call.session.models_of(str(store))


def _store_of(image: str) -> StoreLocation:
    return parse_image_reference(image).store


def _user(call: Call, service: str) -> str:
    return f"{call.stack.backend}/{call.stack.project}/{call.stack.stack}/{service}"
