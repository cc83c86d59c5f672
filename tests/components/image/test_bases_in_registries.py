from pathlib import Path

import pytest
from modelport.errors import InvalidInputsError
from modelport.image.base import LockedBase
from modelport.image.base_layers import copy_base_layers, kept_layers
from modelport.image.base_plan import plan_base
from modelport.image.lock import Lock
from modelport.image.prebuilt import copy_prebuilt, plan_prebuilt
from modelport.store.open_repository import open_repository
from modelport.workspace import Workspace

from tests.components.image.made_images import PLATFORM, glibc, python, write_image, write_index
from tests.services.fixtures import StartRegistry
from tests.services.registry import Registry

pytestmark = pytest.mark.slow


def _pushed(root: Path, registry: Registry) -> str:
    """Push an index with one image to the registry, below no store's prefix; give its name with a tag."""
    image = write_image(root / "pushed", [glibc(), python()], tag=None)
    index = write_index(root / "pushed", {PLATFORM: image})
    plan = plan_prebuilt(f"oci-layout:pushed@{index.digest}", PLATFORM, root)
    host = f"oci+http://{registry.host}"
    copy_prebuilt(plan, open_repository(host, "library/base", root), host, root)
    return f"{host}/library/base:{plan.content_key}"


def _planned(root: Path, reference: str) -> LockedBase:
    return plan_base(reference, PLATFORM, Lock(), Workspace(root), may_resolve=True)[0]


def test_a_base_in_a_registry_is_read_and_taken_over(tmp_path: Path, registry: Registry) -> None:
    """
    Its layers are kept when they are checked; an image in the same registry gets them without moving them.
    """
    base = _planned(tmp_path, _pushed(tmp_path, registry))
    kept = kept_layers(Workspace(tmp_path))
    target = open_repository(registry.store, "images/demo", tmp_path)
    assert all(kept.store.intact(each) for each in base.layers)
    for each in base.layers:
        kept.store.path(each.digest).unlink()
    fetched = registry.log.count("GET /v2/library/base/blobs/")

    copy_base_layers(base, target, registry.store, Workspace(tmp_path))

    assert "/usr/local/bin/python3.11" == base.python
    assert all(target.has(each) for each in base.layers)
    assert fetched == registry.log.count("GET /v2/library/base/blobs/")


def test_a_base_goes_from_one_registry_to_another(tmp_path: Path, start_registry: StartRegistry) -> None:
    """
    What this machine keeps is sent, what it does not keep is fetched again.
    """
    base = _planned(tmp_path, _pushed(tmp_path, start_registry()))
    kept = kept_layers(Workspace(tmp_path))
    kept.store.path(base.layers[0].digest).unlink()
    other = start_registry()
    target = open_repository(other.store, "images/demo", tmp_path)

    copy_base_layers(base, target, other.store, Workspace(tmp_path))

    assert all(target.has(each) for each in base.layers)


def test_an_index_is_promoted_between_registries(tmp_path: Path, start_registry: StartRegistry) -> None:
    """
    The digest stays what it was in the registry that it comes from.
    """
    first = start_registry()
    name, _, key = _pushed(tmp_path, first).rpartition(":")
    other = start_registry()
    target = open_repository(other.store, "images/demo", tmp_path)
    plan = plan_prebuilt(f"{name}@sha256:{key}", PLATFORM, tmp_path)

    copied = copy_prebuilt(plan, target, other.store, tmp_path)

    found = target.resolve(key)
    assert found is not None
    assert (f"sha256:{key}", copied.digest) == (copied.digest, found.digest)


@pytest.mark.parametrize("users", [None, {"someone": "of this test"}])
def test_a_base_that_cannot_be_had_is_one_line(
    tmp_path: Path, start_registry: StartRegistry, users: dict[str, str] | None
) -> None:
    """
    A tag that is not there and a registry that wants a login are problems of the input.
    """
    registry = start_registry(users=users)

    with pytest.raises(InvalidInputsError, match=r"^base: [^\n]*$") as raised:
        _planned(tmp_path, f"oci+http://{registry.host}/library/base:1")

    assert ("log in" if users else "is not there: mend tag or repository") in str(raised.value)


def test_a_registry_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """
    The message names the host.
    """
    with pytest.raises(InvalidInputsError, match=r"^base: registry 127\.0\.0\.1:1 cannot be reached[^\n]*$"):
        _planned(tmp_path, "oci+http://127.0.0.1:1/library/base:1")


def test_a_corrupt_layer_in_a_registry_is_named(tmp_path: Path, registry: Registry) -> None:
    """
    Bytes that changed in the registry's storage are neither kept nor used.
    """
    reference = _pushed(tmp_path, registry)
    digest = _planned(tmp_path, reference).layers[1].digest
    kept_layers(Workspace(tmp_path)).store.path(digest).unlink()
    stored = registry.storage / "blobs" / "sha256" / digest[7:9] / digest[7:] / "data"
    stored.write_bytes(bytes(stored.stat().st_size))

    with pytest.raises(InvalidInputsError, match=rf"blob {digest} is missing or is not what its digest says"):
        _planned(tmp_path, reference)

    assert not kept_layers(Workspace(tmp_path)).store.path(digest).exists()
