from pathlib import Path

import pytest
from modelport.errors import InvalidInputsError
from modelport.provider.image_copy import check_copy, copy_image, copy_outputs, is_copied
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, Session
from modelport.stack_identity import StackIdentity
from modelport.workspace import Workspace

from tests.components.image.made_images import PLATFORM, file, layer, write_image

STORE = "oci-layout:store"


@pytest.fixture
def said() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def call(tmp_path: Path, said: list[tuple[str, str]]) -> Call:
    identity = StackIdentity("file", "shop", "dev")
    return Call(Session(Workspace(tmp_path)), "urn", "demo", identity, lambda *line: said.append(line))


@pytest.fixture
def digest(tmp_path: Path) -> str:
    """Have an image somewhere, and give its digest."""
    return write_image(tmp_path / "built", [layer(file("a"))]).digest


def _inputs(digest: str, **more: object) -> Inputs:
    return Inputs({"store": STORE, "name": "demo", "prebuiltReference": f"oci-layout:built@{digest}", **more})  # type: ignore[dict-item]  # texts and lists


def test_what_preview_says_is_what_the_update_does(call: Call, digest: str, said: list[tuple[str, str]]) -> None:
    """
    Reference and digest are known before anything is copied; afterwards the store has the image.
    """
    key = check_copy(call, _inputs(digest), PLATFORM)
    planned = copy_outputs(call, _inputs(digest), PLATFORM)
    before = is_copied(call, _inputs(digest), PLATFORM)

    copy_image(call, _inputs(digest), PLATFORM)

    assert (False, True) == (before, is_copied(call, _inputs(digest), PLATFORM))
    assert (f"{STORE}/images/demo:{key}@{digest}", digest) == (planned["reference"], planned["digest"])
    assert [True] == ["was not made by Modelport" in line for kind, line in said if kind == "warning"]


def test_what_only_a_build_could_use_is_refused(call: Call, digest: str) -> None:
    """
    Models and script are in the image; all mistakes are told together.
    """
    with pytest.raises(InvalidInputsError) as raised:
        check_copy(call, _inputs("none", models=["x"], entryScript="score.py"), PLATFORM)

    assert ["models", "entryScript", "prebuiltReference"] == [each.property_path for each in raised.value.failures]


def test_a_preview_writes_nothing(call: Call, digest: str, tmp_path: Path) -> None:
    """
    Looking for an image that is not in the store makes no store.
    """
    check_copy(call, _inputs(digest), PLATFORM)

    assert not is_copied(call, _inputs(digest), PLATFORM)
    assert not (tmp_path / "store").exists()
