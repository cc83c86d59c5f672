"""Which settings are secrets, which places of the stack file are encrypted, and what must therefore not be shown."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from stack.errors import REGISTRIES, SERVICES, Place, Problem
from stack.source import secure_places

SECRET_FIELDS = ("primary", "secondary")
NOT_SECRET = {("primary_generation",), ("secondary_generation",)}
SECRET_FIELD_NAMES = f"{SERVICES}.<service>.keys.primary and .keys.secondary, and {REGISTRIES},"


@dataclass(frozen=True)
class Secrets:
    """
    Places of the stack file that are *encrypted*, and keys that are secret for a reason the file does not show.

    The engine marks a whole key as secret for one encrypted leaf, and hands its value over in clear.
    """

    encrypted: tuple[Place, ...]
    opaque_keys: frozenset[str]

    @classmethod
    def found_in(cls, stack_file: Mapping[str, object] | None, secret_keys: AbstractSet[str]) -> "Secrets":
        """Match the file with *secret_keys*, the whole keys that the engine calls secret."""
        encrypted = tuple(secure_places(stack_file))
        explained = {place[0] for place in encrypted}
        return cls(encrypted, frozenset(secret_keys - explained))

    def hides(self, place: Place) -> bool:
        """Tell whether a value at *place* may be, hold or belong to a secret."""
        return (
            place[0] in self.opaque_keys
            or (place[0] == SERVICES and place[2:3] == ("keys",) and place[3:] not in NOT_SECRET)
            or place[0] == REGISTRIES
            or any(place[: len(secret)] == secret or secret[: len(place)] == place for secret in self.encrypted)
        )

    def misplaced(self, place: Place) -> bool:
        """Tell whether *place* is, or lies inside, an encrypted value that is reported as such already."""
        return any(place[: len(secret)] == secret and not is_secret_field(secret) for secret in self.encrypted)

    def problems(self, values: Mapping[str, object]) -> Iterator[Problem]:
        """Yield every secret that stands where none is treated as one; *values* by whole key."""
        for place in self.encrypted:
            if not is_secret_field(place):
                yield Problem(place, f"is encrypted, but only {SECRET_FIELD_NAMES} are secrets; write it in clear")
        for key in sorted(self.opaque_keys):
            if key in values and key != REGISTRIES and not (key == SERVICES and any(_given_keys(values[key]))):
                yield Problem((key,), f"is secret as a whole, but only {SECRET_FIELD_NAMES} are secrets")


def is_secret_field(place: Place) -> bool:
    """Tell whether *place* is a leaf that is treated as a secret."""
    if place[0] == REGISTRIES:  # there, any of it may be encrypted, or all
        return True
    return len(place) == 4 and place[0] == SERVICES and place[2] == "keys" and place[3] in SECRET_FIELDS  # noqa: PLR2004 - services, name, keys, field


def _given_keys(services: object) -> Iterable[object]:
    if not isinstance(services, Mapping):
        return
    for service in services.values():
        keys = service.get("keys") if isinstance(service, Mapping) else None
        if isinstance(keys, Mapping):
            yield from (keys[field] for field in SECRET_FIELDS if keys.get(field))
