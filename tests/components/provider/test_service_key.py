"""Keys of a service, through the provider's protocol."""

from collections.abc import Callable

import pytest
from modelport.provider.values import Properties, Secret

from tests.provider_process import ProviderProcess, text

PRIMARY: Properties = {"service": "diabetes", "slot": "primary", "generation": 1}
SECONDARY: Properties = {"service": "diabetes", "slot": "secondary", "generation": 1}


def test_a_generated_key_is_secret_and_random(provider: ProviderProcess) -> None:
    """
    Each key is another, of 32 hexadecimal digits, and travels marked as secret.
    """
    first, second = (provider.create("ServiceKey", slot, PRIMARY) for slot in ("one", "two"))

    assert isinstance(first["value"], Secret)
    assert 32 == len(text(first, "value"))
    assert text(first, "value") != text(second, "value")


def test_a_preview_makes_no_key(provider: ProviderProcess) -> None:
    """
    A key that is yet to be generated is unknown, and secret.
    """
    planned = provider.create("ServiceKey", "primary", PRIMARY, preview=True)

    assert "Secret(...)" == repr(planned["value"])
    assert "<unknown>" == text(planned, "value")


def test_a_key_of_ones_own_is_taken(provider: ProviderProcess) -> None:
    """
    A given key is used as it is, and stays secret.
    """
    inputs = provider.check("ServiceKey", "primary", {**PRIMARY, "value": Secret("k" * 16)})

    assert isinstance(inputs["value"], Secret)
    assert "k" * 16 == text(provider.create("ServiceKey", "primary", inputs), "value")


@pytest.mark.parametrize(
    "key", ["short", "k" * 257, "sixteen-\u00e4-letters", "has\na line end in it", "has a space between"]
)
def test_a_key_that_no_header_can_carry_is_refused(provider: ProviderProcess, key: str) -> None:
    """
    The message names service, key and rule, never the value.
    """
    refused = provider.refusals("ServiceKey", "primary", {**PRIMARY, "value": Secret(key)})

    assert [
        ("", "the primary key of service 'diabetes' must be 16 to 256 visible ASCII characters without spaces"),
    ] == refused


def test_a_new_generation_replaces_only_its_key(provider: ProviderProcess) -> None:
    """
    The changed number replaces one key; the other is unchanged.
    """
    newer = provider.check("ServiceKey", "primary", {**PRIMARY, "generation": 2}, PRIMARY)
    same = provider.check("ServiceKey", "secondary", SECONDARY, SECONDARY)

    assert {"generation"} == provider.diff("ServiceKey", "primary", PRIMARY, PRIMARY, newer).replaces
    assert set() == provider.diff("ServiceKey", "secondary", SECONDARY, SECONDARY, same).changes


def test_both_keys_in_one_update_are_refused(start_provider: Callable[[], ProviderProcess]) -> None:
    """
    Rotating both at once would lock every caller out; two updates one after the other are fine.
    """
    provider = start_provider()
    provider.check("ServiceKey", "primary", {**PRIMARY, "generation": 2}, PRIMARY)
    refused = provider.refusals("ServiceKey", "secondary", {**SECONDARY, "generation": 2}, SECONDARY)
    later = start_provider().refusals("ServiceKey", "secondary", {**SECONDARY, "generation": 2}, SECONDARY)

    [(name, reason)] = refused
    assert "generation" == name
    assert (
        "service 'diabetes': both keys would change in one update, and every caller would be locked out; "
        "change the primary key first, move the callers to it, then change the secondary key"
    ) == reason
    assert [] == later
