"""Rules of a service whose image exists already: nothing that a build would use stands beside it."""

from collections.abc import Iterator, Mapping
from typing import Final

from modelport.image.builders import PREBUILT

from stack.errors import SERVICES, Place, Problem
from stack.raw import RawService, mapping

_OF_A_SERVICE: Final = ("models", "inference")
_OF_A_BUILD: Final = ("base", "dockerfile", "accelerator")


def is_prebuilt(service: RawService) -> bool:
    """Say whether *service* takes an image that exists already, or tries to."""
    image = mapping(service.get("image"))
    return image.get("reference") is not None or image.get("builder") == PREBUILT


def prebuilt_problems(place: Place, service: RawService) -> Iterator[Problem]:
    """Yield what is wrong with the *service* at *place*, which takes an image that exists already."""
    image, image_place = mapping(service.get("image")), (*place, "image")
    if image.get("reference") is None:
        text = f"missing (the image that builder {PREBUILT} takes, by digest; or take another builder)"
        yield Problem((*image_place, "reference"), text, is_missing=True)
    if image.get("builder") not in {None, PREBUILT}:
        text = f"found {image['builder']!r}, but image.reference names an image that exists already; take one of them"
        yield Problem((*image_place, "builder"), text)
    beside = [(*place, key) for key in _OF_A_SERVICE if service.get(key)]
    beside += [(*image_place, key) for key in _OF_A_BUILD if image.get(key) is not None]
    for each in beside:
        yield Problem(each, "stands beside image.reference, whose image has its own; keep one")


def missing_models(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield every service that serves nothing; *values* by whole key."""
    for name, service in mapping(values.get(SERVICES)).items():
        if isinstance(service, Mapping) and "models" not in service and not is_prebuilt(service):
            text = "missing (the models it serves; or image.reference, an image that exists already)"
            yield Problem((SERVICES, name, "models"), text, is_missing=True)
