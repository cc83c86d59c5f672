"""Property values on the wire."""

import json

from google.protobuf import json_format, struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from modelport.provider.values import UNKNOWN, Secret, Unknown, decode, encode

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def without_nulls(value: object) -> object:
    """Drop what the wire leaves out: null members of objects."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(max_size=8), values, max_size=4))
def test_what_is_encoded_is_decoded_again(properties: dict[str, object]) -> None:
    """
    Values survive the wire; whole numbers stay whole.
    """
    assert without_nulls(properties) == decode(encode(properties))  # type: ignore[arg-type]  # hypothesis gives objects


def test_a_secret_inside_a_property_makes_the_property_secret() -> None:
    """
    No secret is lost by being nested.
    """
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "k"}
    struct = json_format.Parse(json.dumps({"keys": {"primary": secret}}), struct_pb2.Struct())

    assert {"keys": Secret({"primary": "k"})} == decode(struct)


def test_an_unknown_of_any_type_is_unknown() -> None:
    """
    The engine's typed placeholders are all read as unknown.
    """
    struct = json_format.Parse(json.dumps({"count": "3eeb2bf0-c639-47a8-9e75-3b44932eb421"}), struct_pb2.Struct())

    assert isinstance(decode(struct)["count"], Unknown)


def test_an_unknown_is_written_as_the_engine_writes_it() -> None:
    """
    Unknowns go out as the placeholder of strings.
    """
    assert json_format.MessageToDict(encode({"port": UNKNOWN})) == {"port": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}


def test_the_text_of_a_secret_hides_it() -> None:
    """
    A secret that slips into a message shows nothing.
    """
    assert str(Secret("the-key")) == "Secret(...)"
