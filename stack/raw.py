"""Read parts of a stack file that may be wrong elsewhere, so that every finding is reported at once."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from stack.errors import SERVICES, Place
from stack.model import ModelSettings

RawService = Mapping[str, object]
Settings = TypeVar("Settings", bound=BaseModel)


def mapping(value: object) -> Mapping[str, object]:
    """Return *value*, or an empty mapping when it is none."""
    return value if isinstance(value, Mapping) else {}


def services(values: Mapping[str, object]) -> Iterator[tuple[Place, RawService]]:
    """Yield place and mapping of every service; *values* by whole key."""
    for name, service in mapping(values.get(SERVICES)).items():
        yield (SERVICES, name), mapping(service)


def models(place: Place, service: RawService) -> Iterator[tuple[Place, Mapping[str, object]]]:
    """Yield place and mapping of every model of the *service* at *place*."""
    listed = service.get("models")
    for position, model in enumerate(listed if isinstance(listed, list | tuple) else ()):
        yield (*place, "models", position), mapping(model)


def sound_models(values: Mapping[str, object]) -> Iterator[tuple[Place, ModelSettings]]:
    """Yield place and settings of every model that is right in itself."""
    for place, service in services(values):
        for model_place, model in models(place, service):
            settings = sound(ModelSettings, model)
            if settings is not None:
                yield model_place, settings


def sound(kind: type[Settings], value: object) -> Settings | None:
    """Read *value* as *kind*; ``None`` when it is wrong, which is reported where the whole is read."""
    try:
        return kind.model_validate(value, by_alias=False, by_name=True)
    except ValidationError:
        return None
