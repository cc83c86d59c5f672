"""`ServiceKey`: one of the two keys of a service, generated here or given, secret by construction."""

import secrets

from modelport.errors import InputError
from modelport.keys import KEY_BYTES, KEY_RULE, is_usable
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, Difference
from modelport.provider.values import UNKNOWN, Properties, Secret, Unknown

_SLOTS = ("primary", "secondary")


class ServiceKey:
    """
    Inputs: service, slot (primary or secondary), generation (a new one replaces the key), value (optional, one's own).

    Outputs: the same, value always set and secret.
    """

    token = "modelport:index:ServiceKey"  # noqa: S105 - a type token

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:
        """Refuse a slot that is none, a key that is too short, and a change of both keys at once."""
        service, slot = news.text("service"), news.text("slot")
        if slot not in _SLOTS:
            reason = f"{slot!r} is no key; a service has a primary and a secondary key"
            raise InputError(property_path="slot", reason=reason)
        _check_length(service, slot, news)
        generation = news.whole("generation", 1)
        checked: Properties = {"service": service, "slot": slot, "generation": generation}
        if "value" in news.values:
            checked["value"] = Secret(news.values["value"])
        if olds.values and (olds.values.get("generation"), olds.values.get("value")) != (
            generation,
            news.values.get("value"),
        ):
            other = call.session.claim(("key", call.stack.label, service), slot)
            if other is not None:
                reason = (
                    f"service {service!r}: both keys would change in one update, and every caller would be locked out; "
                    f"change the {other} key first, move the callers to it, then change the {slot} key"
                )
                raise InputError(property_path="generation", reason=reason)
        return checked

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:  # noqa: ARG002
        """Replace the key when its generation, its service or its given value is another."""
        names = ("service", "slot", "generation", "value")
        changed = tuple(name for name in names if olds.values.get(name) != news.values.get(name))
        return Difference(changes=changed, replaces=changed)

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Leave a generated key unknown until it is made."""
        return {**news.values, "value": Secret(news.values.get("value", UNKNOWN))}

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:  # noqa: ARG002
        """Generate the key unless one was given."""
        value = news.values.get("value") or secrets.token_hex(KEY_BYTES)
        resource_id = f"{news.text('service')}-{news.text('slot')}-{news.whole('generation', 1)}"
        return resource_id, {**news.values, "value": Secret(value)}

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Keep the key: whatever changes it replaces it."""
        return {**news.values, "value": Secret(outputs.values.get("value"))}

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:  # noqa: ARG002
        """Repeat the state: it is the only place where the key is kept."""
        return {**outputs.values, "value": Secret(outputs.values.get("value"))}

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Nothing but the state knows the key."""


def _check_length(service: str, slot: str, news: Inputs) -> None:
    given = news.values.get("value")
    if given is None or isinstance(given, Unknown):
        return
    if not isinstance(given, str) or not is_usable(given):
        reason = f"the {slot} key of service {service!r} must be {KEY_RULE}"
        raise InputError(property_path="", reason=reason)  # beside a path the engine prints the value
