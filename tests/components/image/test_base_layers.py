from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from modelport.image import copy_blob
from modelport.image.base import LockedBase
from modelport.image.base_layers import copy_base_layers, kept_layers, readable_layer
from modelport.image.base_plan import plan_base
from modelport.image.image_error import ImageError
from modelport.image.lock import Lock
from modelport.progress import Progress, silent
from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.workspace import Workspace

from tests.components.image.made_images import PLATFORM, glibc, opened, python, write_image


@dataclass
class RemoteDouble:
    """A repository in a registry: what it holds lies in a layout, so that only the way to it is a double."""

    inner: LayoutRepository
    name: str = "images/demo"
    opened: list[str] = field(default_factory=list)
    mounted: list[tuple[str, str]] = field(default_factory=list)

    def has(self, descriptor: Descriptor) -> bool:
        """Answer as the layout does."""
        return self.inner.has(descriptor)

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Note that bytes were asked for."""
        self.opened.append(descriptor.digest)
        return self.inner.open(descriptor)

    def write(self, descriptor: Descriptor, chunks: Iterable[bytes], progress: Progress) -> None:
        """Write into the layout."""
        self.inner.write(descriptor, chunks, progress)

    def mount(self, descriptor: Descriptor, other: str) -> bool:
        """Note what was asked, and say yes."""
        self.mounted.append((descriptor.digest, other))
        return True


@pytest.fixture
def base(tmp_path: Path) -> LockedBase:
    write_image(tmp_path / "base", [glibc(), python()])
    return plan_base("oci-layout:base:1", PLATFORM, Lock(), Workspace(tmp_path), may_resolve=True)[0]


def _target(root: Path) -> LayoutRepository:
    return LayoutRepository(LayoutStore(root / "store"), "images/demo")


def test_layers_are_copied_and_verified(tmp_path: Path, base: LockedBase) -> None:
    """
    What the image's repository lacks comes from the base.
    """
    target = _target(tmp_path)

    copy_base_layers(base, target, "oci-layout:store", Workspace(tmp_path))

    assert all(target.store.intact(each) for each in base.layers)


def test_a_layer_that_is_there_is_not_read(tmp_path: Path, base: LockedBase) -> None:
    """
    Two images with one base copy it once: the base may even be gone by then.
    """
    target = _target(tmp_path)
    copy_base_layers(base, target, "oci-layout:store", Workspace(tmp_path))
    (tmp_path / "base" / "oci-layout").unlink()
    for each in base.layers:
        opened(tmp_path / "base").store.path(each.digest).unlink()

    copy_base_layers(base, target, "oci-layout:store", Workspace(tmp_path))

    assert all(target.store.intact(each) for each in base.layers)


def test_a_wrong_blob_is_named_and_not_copied(tmp_path: Path, base: LockedBase) -> None:
    """
    Bytes that are not what the lock says reach no image.
    """
    blob = opened(tmp_path / "base").store.path(base.layers[1].digest)
    blob.write_bytes(bytes(blob.stat().st_size))

    with pytest.raises(ImageError, match=rf"'oci-layout:base:1': blob {base.layers[1].digest} is missing or"):
        copy_base_layers(base, _target(tmp_path), "oci-layout:store", Workspace(tmp_path))

    assert not _target(tmp_path).has(base.layers[1])


def test_a_layer_from_elsewhere_is_fetched_once(tmp_path: Path, base: LockedBase) -> None:
    """
    It is read to check the base and again to copy it, and crosses the network once; a damaged copy is fetched again.
    """
    remote = RemoteDouble(opened(tmp_path / "base"))
    layer = base.layers[0]
    workspace = Workspace(tmp_path)

    for _ in range(2):
        with readable_layer(remote, layer, "x", workspace).open(layer) as reader:  # type: ignore[arg-type]  # it only opens
            reader.read()
    once = list(remote.opened)
    kept = kept_layers(workspace).store.path(layer.digest)
    kept.write_bytes(bytes(layer.size))
    readable_layer(remote, layer, "x", workspace)  # type: ignore[arg-type]  # it only opens

    assert [layer.digest] == once
    assert [layer.digest] * 2 == remote.opened


def test_a_base_in_the_same_registry_is_taken_over(
    tmp_path: Path, base: LockedBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    No byte moves: the registry mounts from the base's repository, which is seldom below the store's prefix.
    """
    asked: list[tuple[str, str]] = []
    remote = RemoteDouble(_target(tmp_path))

    def open_repository(store: str, name: str, _base: Path, _registries: object) -> RemoteDouble:
        asked.append((store, name))
        return remote

    monkeypatch.setattr(copy_blob, "open_repository", open_repository)
    there = LockedBase(**{**base.__dict__, "reference": "example.com/library/debian:12"})

    copy_base_layers(there, remote, "oci://example.com/team", Workspace(tmp_path))  # type: ignore[arg-type]  # as above

    assert {("oci://example.com", "team/images/demo")} == set(asked)
    assert [(each.digest, "library/debian") for each in base.layers] == remote.mounted


@pytest.mark.parametrize("store", ["oci://other.example.com/team", "oci+http://example.com/team"])
def test_another_registry_is_not_asked_to_take_over(tmp_path: Path, base: LockedBase, store: str) -> None:
    """
    What this machine keeps is written instead.
    """
    remote = RemoteDouble(_target(tmp_path))
    for each in base.layers:
        readable_layer(RemoteDouble(opened(tmp_path / "base")), each, "x", Workspace(tmp_path))  # type: ignore[arg-type]  # as above
    there = LockedBase(**{**base.__dict__, "reference": "example.com/library/debian:12"})

    copy_base_layers(there, remote, store, Workspace(tmp_path), progress=silent)  # type: ignore[arg-type]  # as above

    assert [] == remote.mounted
    assert all(remote.has(each) for each in base.layers)
