from pathlib import Path

import pytest
from modelport.errors import InputError, ModelportError
from modelport.image.image_config import CONTENT_KEY_LABEL
from modelport.image.image_error import ImageError
from modelport.image.prebuilt import copy_prebuilt, plan_prebuilt
from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository

from tests.components.image.made_images import PLATFORM, file, layer, opened, write_image, write_index

KEY = "a" * 64
LAYERS = [layer(file("a"))]
STORE = "oci-layout:store"


def _target(root: Path) -> LayoutRepository:
    return LayoutRepository(LayoutStore(root / "store"), "images/demo")


def _copied(root: Path, digest: str) -> Descriptor:
    plan = plan_prebuilt(f"oci-layout:built@{digest}", PLATFORM, root)
    return copy_prebuilt(plan, _target(root), STORE, root)


def test_an_image_keeps_digest_and_content_key(tmp_path: Path) -> None:
    """
    What staging tested is what production runs, bit by bit, and it is known by the same key.
    """
    built = write_image(tmp_path / "built", LAYERS, labels={CONTENT_KEY_LABEL: KEY})

    copied = _copied(tmp_path, built.digest)

    target = _target(tmp_path)
    assert (built.digest, [KEY]) == (copied.digest, target.tags())
    assert opened(tmp_path / "built").manifest(built) == target.manifest(copied)
    blobs = {path.name for path in (tmp_path / "built" / "blobs" / "sha256").iterdir()}
    assert blobs == {path.name for path in (tmp_path / "store" / "blobs" / "sha256").iterdir()}


def test_an_image_of_others_goes_by_its_digest(tmp_path: Path) -> None:
    """
    It has no content key, and the user is told what it must do to be served.
    """
    built = write_image(tmp_path / "built", LAYERS, labels={CONTENT_KEY_LABEL: "../../evil"})

    plan = plan_prebuilt(f"oci-layout:built@{built.digest}", PLATFORM, tmp_path)

    assert built.digest == f"sha256:{plan.content_key}"
    assert "must answer on port 5001" in plan.findings[0]


def test_an_index_is_copied_with_all_platforms(tmp_path: Path) -> None:
    """
    Only whole it keeps its digest, which names it; the key of the image that is wanted names that one.
    """
    root = tmp_path / "built"
    labels = {CONTENT_KEY_LABEL: KEY}
    images = {
        name: write_image(root, LAYERS, tag=None, platform=name, labels=labels) for name in (PLATFORM, "linux/arm64")
    }
    index = write_index(root, images)

    copied = _copied(tmp_path, index.digest)

    target = _target(tmp_path)
    assert index.digest == copied.digest
    named = {tag: found.digest for tag in target.tags() if (found := target.resolve(tag))}
    assert {index.digest.removeprefix("sha256:"): index.digest, KEY: images[PLATFORM].digest} == named
    assert all(target.has(each) for each in images.values())


def test_what_is_there_is_not_read_again(tmp_path: Path) -> None:
    """
    A second copy needs the manifests only.
    """
    built = write_image(tmp_path / "built", LAYERS)
    _copied(tmp_path, built.digest)
    for each in opened(tmp_path / "built").store.root.joinpath("blobs/sha256").iterdir():
        if each.read_bytes()[:2] == b"\x1f\x8b":
            each.unlink()

    assert built.digest == _copied(tmp_path, built.digest).digest


def test_an_image_from_our_own_store_is_named_by_its_reference(tmp_path: Path) -> None:
    """
    What `ScoringImage` gives as its reference can be promoted as it stands.
    """
    built = write_image(tmp_path / "built", LAYERS, tag=f"images/digits:{KEY}")

    plan = plan_prebuilt(f"oci-layout:built/images/digits:{KEY}@{built.digest}", PLATFORM, tmp_path)

    assert built.digest == copy_prebuilt(plan, _target(tmp_path), STORE, tmp_path).digest


def test_a_tag_is_refused_with_the_digest_it_names(tmp_path: Path) -> None:
    """
    Tags move; the message has what to write instead.
    """
    built = write_image(tmp_path / "built", LAYERS)

    with pytest.raises(InputError) as raised:
        plan_prebuilt("oci-layout:built:1", PLATFORM, tmp_path)

    text = f"image 'oci-layout:built:1' has no digest, and tags move: it is 'oci-layout:built@{built.digest}' now"
    assert f"prebuiltReference: {text}" == str(raised.value)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("oci-layout:none:1", "has no digest, and none can be found"),
        (f"oci-layout:built@sha256:{KEY}", "the layout has no manifest of this digest"),
        ("a b", "is no image"),
    ],
)
def test_what_is_not_there_is_a_problem_of_the_input(tmp_path: Path, reference: str, reason: str) -> None:
    """
    Preview says it, before anything is copied.
    """
    write_image(tmp_path / "built", LAYERS)

    with pytest.raises(InputError, match=r"^prebuiltReference: [^\n]*$") as raised:
        plan_prebuilt(reference, PLATFORM, tmp_path)

    assert reason in str(raised.value)


def test_an_image_for_another_platform_is_refused(tmp_path: Path) -> None:
    """
    It would not start.
    """
    built = write_image(tmp_path / "built", LAYERS, platform="linux/arm64")

    with pytest.raises(InputError, match="is for linux/arm64, linux/amd64 is wanted"):
        plan_prebuilt(f"oci-layout:built@{built.digest}", PLATFORM, tmp_path)


def test_a_corrupt_blob_is_named_and_leaves_no_tag(tmp_path: Path) -> None:
    """
    Half an image can never be served.
    """
    built = write_image(tmp_path / "built", LAYERS)
    for each in (tmp_path / "built" / "blobs" / "sha256").iterdir():
        if each.read_bytes()[:2] == b"\x1f\x8b":
            each.write_bytes(bytes(each.stat().st_size))

    with pytest.raises(ImageError, match=r"blob sha256:[0-9a-f]{64} is missing or is not what its digest says"):
        _copied(tmp_path, built.digest)

    assert [] == _target(tmp_path).tags()


def test_an_index_that_lacks_an_image_leaves_no_tag(tmp_path: Path) -> None:
    """
    Tools that save one platform may leave the index as it was.
    """
    root = tmp_path / "built"
    images = {name: write_image(root, LAYERS, tag=None, platform=name) for name in (PLATFORM, "linux/arm64")}
    index = write_index(root, images)
    opened(root).store.path(images["linux/arm64"].digest).unlink()

    with pytest.raises(ModelportError, match="is missing"):
        _copied(tmp_path, index.digest)

    assert [] == _target(tmp_path).tags()
