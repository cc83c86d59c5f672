"""Tests of `modelport.store.reference`."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.naming import MODEL_NAME
from modelport.store.errors import InvalidReferenceError
from modelport.store.reference import (
    ImageReference,
    ModelReference,
    StoreLocation,
    layout_folder,
    parse_image_reference,
    parse_reference,
    parse_store,
)

_DIGEST = f"sha256:{'ab' * 32}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oci-layout:.modelport/store", StoreLocation("oci-layout", ".modelport/store")),
        ("oci-layout:./models//store/", StoreLocation("oci-layout", "models/store")),
        ("oci-layout:../shared", StoreLocation("oci-layout", "../shared")),
        ("oci-layout:/mnt/models", StoreLocation("oci-layout", "/mnt/models")),
        ("oci://models.example.com/team", StoreLocation("oci", "models.example.com/team")),
        ("oci+http://localhost:5000", StoreLocation("oci+http", "localhost:5000")),
    ],
)
def test_store_strings(text: str, expected: StoreLocation) -> None:
    """
    Every scheme is read, and a layout's path is normalised.
    """
    found = parse_store(text)

    assert expected == found
    assert expected == parse_store(str(found))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("models/store", "for a folder write 'oci-layout:models/store'"),
        ("oci_layout:models", "did you mean 'oci-layout:models'?"),
        ("oci-layout://models", "write 'oci-layout:<path relative to the project>'"),
        ("oci-layout:", "write 'oci-layout:<path relative to the project>'"),
        ("oci-layout:oci-layout:models", "write 'oci-layout:<path relative to the project>'"),
        ("oci-layout:a\0b", "write 'oci-layout:<path relative to the project>'"),
        ("oci:///models", "write 'oci://<host>/<prefix>'"),
        ("", "is not known"),
    ],
)
def test_what_is_no_store_is_refused_with_a_way_out(text: str, hint: str) -> None:
    """
    An unreadable store string is named, with what to write instead.
    """
    with pytest.raises(InvalidReferenceError) as error:
        parse_store(text)

    assert repr(text) in str(error.value)
    assert hint in str(error.value)


@given(st.from_regex(MODEL_NAME, fullmatch=True), st.sampled_from(["oci-layout:a@b/models", "oci://host/x/models"]))
def test_a_reference_survives_being_written(name: str, store: str) -> None:
    """
    Reading what was written gives the same, whatever the name and however odd the store.
    """
    reference = ModelReference(parse_store(store), name, _DIGEST)

    assert reference == parse_reference(str(reference))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("oci-layout:store/models/diabetes", "has no digest"),
        ("oci-layout:store/models/diabetes@sha256:ab", "64 hexadecimal digits"),
        (f"oci-layout:store/diabetes@{_DIGEST}", "names no model"),
        (f"models/diabetes@{_DIGEST}", "names no model"),
        (f"oci-layout:store/models/-a@{_DIGEST}", "try 'a'"),
    ],
)
def test_what_is_no_reference_is_refused_with_a_way_out(text: str, hint: str) -> None:
    """
    An unreadable reference is named, with what is missing.
    """
    with pytest.raises(InvalidReferenceError) as error:
        parse_reference(text)

    assert repr(text) in str(error.value)
    assert hint in str(error.value)


def test_only_folders_can_be_opened() -> None:
    """
    A registry as a store is understood and refused.
    """
    assert Path("/p/models") == layout_folder(StoreLocation("oci-layout", "models"), Path("/p"))
    with pytest.raises(InvalidReferenceError, match="use 'oci-layout:<path>'"):
        layout_folder(parse_store("oci://host/models"), Path("/p"))


@pytest.mark.parametrize("digest", [None, _DIGEST])
def test_an_image_reference_is_read_as_it_was_written(digest: str | None) -> None:
    """
    An image's reference holds store, name and content key, and the digest once there is one.
    """
    reference = ImageReference(StoreLocation("oci", "models.example.com:5000/team"), "digits", "0a" * 32, digest)

    assert reference == parse_image_reference(str(reference))


@pytest.mark.parametrize("text", ["digits", "oci://host/images/digits", "oci://host/images/digits:latest", ""])
def test_a_text_that_names_no_image_is_refused(text: str) -> None:
    """
    A tag that is no content key names no image of ours.
    """
    with pytest.raises(InvalidReferenceError, match="is not '<store>/images/<name>:<content key>'"):
        parse_image_reference(text)
