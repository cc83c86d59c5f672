"""The key `environments`: environments that services share, by name; and those that are curated."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelport.errors import ModelportError
from modelport.image.curated import curated_name

from stack.azure import environment_name_fault
from stack.errors import ENVIRONMENTS, Place, Problem
from stack.inference_rules import environment_problems
from stack.problems import closest
from stack.raw import mapping, services

if TYPE_CHECKING:
    from stack.inference import EnvironmentSettings

_PACKAGES = ("dependencies", "python", "requirements")
"""An environment that says one of these is written out; without any, its name says which one is meant."""


def declared_problems(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong with declared environments, and with the names by which services ask for one."""
    declared = mapping(values.get(ENVIRONMENTS))
    for key, environment in declared.items():
        yield from _declared(key, mapping(environment))
    for place, service in services(values):
        asked = mapping(mapping(service.get("inference")).get("environment"))
        whole = (*place, "inference", "environment")
        name = asked.get("name")
        if not isinstance(name, str) or environment_name_fault(name):
            continue
        if is_reference(asked):
            yield from _reference_problems(whole, name, asked.get("version"), declared)
        elif name in declared:
            text = f"found {name!r}, which is declared in {ENVIRONMENTS}; leave the packages out, or take another name"
            yield Problem((*whole, "name"), text)


def is_reference(environment: Mapping[str, object]) -> bool:
    """Tell whether *environment* only names another one."""
    return environment.get("name") is not None and not any(environment.get(key) for key in _PACKAGES)


def resolved(
    environment: "EnvironmentSettings", declared: "Mapping[str, EnvironmentSettings]"
) -> "EnvironmentSettings":
    """Complete *environment* with the declared one that it names, if it names one; what it says itself goes first."""
    said = {key: getattr(environment, key) for key in environment.model_fields_set}
    other = declared.get(environment.name or "")
    if other is None or not is_reference(said):
        return environment
    variables = {**other.environment_variables, **environment.environment_variables}
    changes: dict[str, Any] = {**said, "name": None, "environment_variables": variables}
    return other.model_copy(update=changes)


def curated(environment: "EnvironmentSettings") -> str | None:
    """Name the curated environment that *environment*, once resolved, means; ``None`` when it says its packages."""
    said = {key: getattr(environment, key) for key in environment.model_fields_set}
    return curated_name(str(environment.name)) if is_reference(said) else None


def _declared(name: str, environment: Mapping[str, object]) -> Iterator[Problem]:
    place: Place = (ENVIRONMENTS, name)
    yield from environment_problems(place, environment, {})
    if environment.get("name") is not None:
        yield Problem((*place, "name"), f"is not needed: {name!r}, the key, names it; leave it out")


def _reference_problems(place: Place, name: str, version: object, declared: Mapping[str, object]) -> Iterator[Problem]:
    if name not in declared:
        yield from _curated_problems(place, name, version, declared)
    elif version is not None and str(version) != str(mapping(declared[name]).get("version")):
        has = mapping(declared[name]).get("version") or "none"
        yield Problem((*place, "version"), f"found {version!r}; {ENVIRONMENTS}.{name} has version {has}: correct one")


def _curated_problems(place: Place, name: str, version: object, declared: Mapping[str, object]) -> Iterator[Problem]:
    try:
        curated_name(name)
        if version is not None:
            text = (
                f"found {version!r}; curated environments have no versions, the lock pins their packages: leave it out"
            )
            yield Problem((*place, "version"), text)
    except ModelportError as error:
        near = closest(name, declared)
        text = f"found {name!r}; did you mean {near!r} of {ENVIRONMENTS}?" if near else str(error)
        yield Problem((*place, "name"), text)
