"""Rules between services: an address and port has one owner, a model name one meaning."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from os.path import normpath

from stack.errors import Place, Problem, path_text
from stack.model import ModelSettings
from stack.raw import services, sound, sound_models
from stack.target import LocalTarget


def port_problems(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield every port that an earlier service listens on already; *values* by whole key."""
    owners: list[tuple[Place, LocalTarget]] = []
    for place, service in services(values):
        target = sound(LocalTarget, service.get("target"))
        if target is None or target.port is None:
            continue
        rival = next((owner for owner, other in owners if _collide(target, other)), None)
        if rival:
            text = (
                f"found {target.port}; {path_text(rival)} listens there already: take another, or none for a free one"
            )
            yield Problem((*place, "target", "port"), text)
        owners.append(((*place, "target", "port"), target))


def _collide(one: LocalTarget, other: LocalTarget) -> bool:
    """Tell whether both would listen on one port of one address; 0.0.0.0 and :: include all addresses."""
    anywhere = any(ip_address(target.address).is_unspecified for target in (one, other))
    same_machine = one.docker_host == other.docker_host
    return same_machine and one.port == other.port and (anywhere or one.address == other.address)


def model_problems(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield every model whose name has another meaning elsewhere, or comes twice; *values* by whole key."""
    first: dict[str, tuple[Place, ModelSettings]] = {}
    seen: set[tuple[Place, str]] = set()
    for place, model in sound_models(values):
        owner, original = first.setdefault(model.name, (place, model))
        if (place[:2], model.name) in seen:
            text = f"found {model.name!r}, which this service has already; remove one, or give it another name"
            yield Problem((*place, "name"), text)
        elif owner != place:
            yield from _differences(place, model, owner, original)
        seen.add((place[:2], model.name))


def _differences(place: Place, model: ModelSettings, owner: Place, original: ModelSettings) -> Iterator[Problem]:
    for field in ModelSettings.model_fields:
        mine, theirs = _comparable(model, field), _comparable(original, field)
        if mine != theirs:
            other = path_text((*owner, field))
            text = f"differs from {other}, but model {model.name!r} is one model; write the same, or rename it"
            yield Problem((*place, field), text)


def _comparable(model: ModelSettings, field: str) -> object:
    value = getattr(model, field)
    return normpath(value) if field == "path" and value is not None else value
