"""Tests of removing versions, and of who runs them."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from modelport.progress import Progress
from modelport.registry.errors import ModelInUseError, UnknownModelError
from modelport.registry.layout_versions import LayoutVersions
from modelport.registry.metadata import ModelMetadata, Sample
from modelport.registry.version import RegisteredVersion
from modelport.store.errors import InvalidReferenceError
from modelport.store.layout import LayoutIndex, LayoutStore

if TYPE_CHECKING:
    from tests.components.registry.conftest import Register

_USER = "file:///state/shop/dev/scoring"


def _reference(version: RegisteredVersion) -> str:
    return f"oci-layout:.modelport/store/models/{version.name}@{version.digest}"


def _blobs(versions: LayoutVersions) -> set[str]:
    return {path.name for path in (versions.store.root / "blobs" / "sha256").iterdir()}


def test_removing_frees_what_only_that_version_needed(register: "Register", versions: LayoutVersions) -> None:
    """
    Shared blobs stay; after all versions only the empty configuration is left.
    """
    register(b"a")
    kept = _blobs(versions)
    register(b"a", ModelMetadata(sample_input=Sample("in.json", b"[1]")))
    register(b"b")
    versions.remove("diabetes", 2)
    versions.remove("diabetes", 3)

    assert kept == _blobs(versions)
    versions.remove("diabetes", 1)
    assert 1 == len(_blobs(versions))
    assert [] == versions.list()


def test_numbers_are_never_given_twice(register: "Register", versions: LayoutVersions) -> None:
    """
    The counter survives the removal of the latest and of all.
    """
    register(b"a")
    register(b"b")
    versions.remove("diabetes", 2)
    assert 3 == register(b"b").version
    versions.remove("diabetes", 1)
    versions.remove("diabetes", 3)

    assert 4 == register(b"a").version


def test_what_is_in_use_is_not_removed(register: "Register", versions: LayoutVersions) -> None:
    """
    The error names who runs it; once that service is gone it can be removed.
    """
    version = register()
    versions.add_reference(_USER, [_reference(version)])

    with pytest.raises(ModelInUseError, match=f"diabetes:1 is in use by {_USER}"):
        versions.remove("diabetes", 1)
    assert [_USER] == versions.users("diabetes", version.digest)
    versions.remove_reference(_USER)
    versions.remove("diabetes", 1)
    assert [] == versions.list()


def test_the_same_bytes_under_another_number_may_go(register: "Register", versions: LayoutVersions) -> None:
    """
    A service runs bytes; while one version has them, others with the same may be removed.
    """
    version = register(b"a")
    register(b"a", ModelMetadata(tags={"x": "y"}))
    versions.add_reference(_USER, [_reference(version)])
    versions.remove("diabetes", 1)

    with pytest.raises(ModelInUseError):
        versions.remove("diabetes", 2)
    assert 2 == versions.by_digest("diabetes", version.digest).version


def test_a_service_runs_what_it_said_last(register: "Register", versions: LayoutVersions) -> None:
    """
    References are replaced, not gathered; an unknown model changes nothing.
    """
    one, two = register(b"a"), register(b"b")
    versions.add_reference(_USER, [_reference(one)])
    versions.add_reference(_USER, [_reference(two)])

    assert ([], [_USER]) == (versions.users("diabetes", one.digest), versions.users("diabetes", two.digest))
    with pytest.raises(UnknownModelError):
        versions.add_reference(_USER, [_reference(one).replace(one.digest, f"sha256:{'0' * 64}")])
    with pytest.raises(InvalidReferenceError):
        versions.add_reference(_USER, ["diabetes"])
    assert [_USER] == versions.users("diabetes", two.digest)


def test_forgetting_a_stranger_writes_nothing(versions: LayoutVersions) -> None:
    """
    Taking down what was never up does not make a store.
    """
    versions.remove_reference(_USER)

    assert not versions.store.root.exists()


def test_a_corrupt_version_can_be_removed(register: "Register", versions: LayoutVersions) -> None:
    """
    Removing is the way out of a corrupt version, also when its own record cannot be read.
    """
    register(b"a")
    before = _blobs(versions)
    register(b"b")
    record = versions.store.index().names("models/diabetes:2")["models/diabetes:2"]
    Path(versions.store.path(record.digest)).write_bytes(b"")
    versions.remove("diabetes", 2)

    assert ["diabetes:1"] == [each.model_id for each in versions.list()]
    assert before <= _blobs(versions)


def test_a_removal_during_a_registration_takes_no_bytes_from_it(
    register: "Register", versions: LayoutVersions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When somebody removes the version whose bytes a new one shares, just before it is listed, they are written again.
    """
    register(b"a")
    original = versions.store.transaction

    def raced(*args: Progress) -> AbstractContextManager[LayoutIndex]:
        monkeypatch.undo()
        LayoutVersions(LayoutStore(versions.store.root)).remove("diabetes", 1)
        return original(*args)

    monkeypatch.setattr(versions.store, "transaction", raced)
    second = register(b"a", ModelMetadata(tags={"x": "y"}))

    assert 2 == second.version
    assert versions.store.intact(versions.read_content("diabetes", second.digest).layer)


def test_unknown_versions_are_named(register: "Register", versions: LayoutVersions) -> None:
    """
    Removing what is not there is an error with what is.
    """
    register()

    with pytest.raises(UnknownModelError, match="it has 1"):
        versions.remove("diabetes", 2)
