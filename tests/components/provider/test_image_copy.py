import json
from pathlib import Path

import pytest
from modelport import image_mode
from modelport.errors import InvalidInputsError
from modelport.image.image_config import MODELS_LABEL
from modelport.provider.daemon_images import image_ids, loadable
from modelport.provider.image_copy import check_copy, copy_image, copy_outputs, is_copied
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, Session
from modelport.stack_identity import StackIdentity
from modelport.store.reference import parse_image_reference
from modelport.workspace import Workspace

from tests.components.image.made_images import PLATFORM, file, layer, write_image, write_index

STORE = "oci-layout:store"
MODELS = '[{"digest": "sha256:00", "name": "digits", "version": 3}, {"name": "other"}, 7]'


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
    return write_image(tmp_path / "built", [layer(file("a"))], labels={MODELS_LABEL: MODELS}).digest


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


@pytest.mark.parametrize("kind", ["config", "layers"])
def test_a_copy_that_lost_a_blob_is_mended(call: Call, digest: str, tmp_path: Path, kind: str) -> None:
    """
    From its source: the next update finds that something is missing.
    """
    blobs = tmp_path / "store" / "blobs" / "sha256"
    copy_image(call, _inputs(digest), PLATFORM)
    document = json.loads((blobs / digest.removeprefix("sha256:")).read_bytes())
    [lost] = document[kind] if kind == "layers" else [document[kind]]
    (blobs / lost["digest"].removeprefix("sha256:")).unlink()
    call.session.planned.clear()
    before = is_copied(call, _inputs(digest), PLATFORM)

    copy_image(call, _inputs(digest), PLATFORM)

    assert (False, True) == (before, is_copied(call, _inputs(digest), PLATFORM))


def test_a_copy_needs_its_source_no_more(call: Call, digest: str, tmp_path: Path) -> None:
    """
    Whoever built it may remove it; a copy that is half there is mended from the source, while there is one.
    """
    copy_image(call, _inputs(digest), PLATFORM)
    outputs = copy_outputs(call, _inputs(digest), PLATFORM)
    call.session.planned.clear()
    (tmp_path / "built").rename(tmp_path / "removed")

    check_copy(call, _inputs(digest), PLATFORM)
    assert (outputs, True) == (
        copy_outputs(call, _inputs(digest), PLATFORM),
        is_copied(call, _inputs(digest), PLATFORM),
    )
    (tmp_path / "store" / "blobs" / "sha256" / digest.removeprefix("sha256:")).unlink()
    call.session.planned.clear()
    with pytest.raises(InvalidInputsError, match="'built' is no OCI layout"):
        check_copy(call, _inputs(digest), PLATFORM)
    (tmp_path / "removed").rename(tmp_path / "built")
    check_copy(call, _inputs(digest), PLATFORM)
    copy_image(call, _inputs(digest), PLATFORM)
    assert is_copied(call, _inputs(digest), PLATFORM)
    assert (tmp_path / "store" / "blobs" / "sha256" / digest.removeprefix("sha256:")).is_file()


def test_a_name_and_a_tag_of_ones_own_are_taken(call: Call, digest: str) -> None:
    """
    As with images that are built; which models answer is what the image says.
    """
    inputs = _inputs(digest, repository="shop", tag="stable")
    key = check_copy(call, inputs, PLATFORM)
    copy_image(call, inputs, PLATFORM)

    outputs = copy_outputs(call, inputs, PLATFORM)
    repository = call.session.repository(STORE, "images/shop")
    assert (f"{STORE}/images/shop:{key}@{digest}", ["digits:3"]) == (outputs["reference"], outputs["modelIds"])
    assert [key, "stable"] == sorted(repository.tags())
    assert {digest} == {found.digest for tag in repository.tags() if (found := repository.resolve(tag))}


def test_a_daemon_is_told_the_id_before_there_is_a_copy(call: Call, digest: str) -> None:
    """
    So that the preview of a container knows whether it stays.
    """
    reference = parse_image_reference(str(copy_outputs(call, _inputs(digest), PLATFORM)["reference"]))
    planned = image_ids(call, reference)
    copy_image(call, _inputs(digest), PLATFORM)
    call.session.planned.clear()

    assert planned is not None
    assert planned == image_ids(call, reference)


def test_a_daemon_runs_its_platform_s_image_of_an_index(call: Call, tmp_path: Path) -> None:
    """
    It can load no more than one; a cluster pulls the index, whose digest the user wrote.
    """
    root = tmp_path / "built"
    images = {
        name: write_image(root, [layer(file("a"))], tag=None, platform=name) for name in (PLATFORM, "linux/arm64")
    }
    inputs = _inputs(write_index(root, images).digest)

    outputs = copy_outputs(call, inputs, PLATFORM)
    copy_image(call, inputs, PLATFORM)
    found = loadable(call, parse_image_reference(str(outputs["reference"])))

    assert found is not None
    assert (images[PLATFORM].digest, outputs["imageId"]) == (found.manifest.digest, found.config().digest)
    assert inputs.text("prebuiltReference").endswith(str(outputs["digest"]))


def test_where_it_goes_is_judged_with_the_rest(call: Call, digest: str) -> None:
    """
    A name that no registry takes, and an image above the limit.
    """
    with pytest.raises(InvalidInputsError) as raised:
        check_copy(call, _inputs(digest, repository="No", sizeLimitMb=0.00001), PLATFORM)

    assert ["repository", "sizeLimitMb"] == [each.property_path for each in raised.value.failures]


def test_it_is_not_written_anew_elsewhere(call: Call, digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    `modelport image` has nothing to make, and says what copies it.
    """
    monkeypatch.setenv(image_mode.IMAGE, "demo")
    with pytest.raises(InvalidInputsError, match="copy it with docker or skopeo"):
        check_copy(call, _inputs(digest), PLATFORM)
