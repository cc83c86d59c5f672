"""Tests of `modelport.registry.versions`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from modelport.errors import CancelledError
from modelport.registry.content import read_model
from modelport.registry.errors import RegistrationError, UnknownModelError
from modelport.registry.framework import Framework
from modelport.registry.layout_versions import LayoutVersions
from modelport.registry.metadata import ModelMetadata, Sample
from modelport.resources import Resources
from modelport.store.blobs import ChangedWhileReadError
from modelport.store.errors import NotWritableError, StoreError
from modelport.store.layout import LayoutStore

if TYPE_CHECKING:
    from tests.components.registry.conftest import Register

_CREATED = datetime(2026, 1, 2, tzinfo=UTC)
_SAID = ModelMetadata(
    tags={"team": "risk"},
    properties={"run": "7"},
    description="ridge",
    framework=Framework.SCIKIT_LEARN,
    framework_version="1.9",
    resources=Resources(cpu=0.5, memory_gb=2),
    sample_input=Sample("in.json", b"[1]"),
    sample_output=Sample("out.json", b"[2]"),
)


def _state(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_new_bytes_are_the_next_version(register: "Register") -> None:
    """
    Numbers count 1, 2, 3 under each name.
    """
    registered = [register(b"a"), register(b"b"), register(b"a", name="other"), register(b"c")]

    assert ["diabetes:1", "diabetes:2", "other:1", "diabetes:3"] == [each.model_id for each in registered]


def test_the_same_again_is_the_same_version_and_writes_nothing(register: "Register", versions: LayoutVersions) -> None:
    """
    Equal bytes and equal metadata give the version that has them, an older one too.
    """
    first = register(b"a", _SAID)
    register(b"b", _SAID)
    before = _state(versions.store.root)

    assert first == register(b"a", _SAID)
    assert before == _state(versions.store.root)


@pytest.mark.parametrize(
    "other",
    [
        ModelMetadata(tags={"team": "fraud"}),
        ModelMetadata(properties={"run": "7"}),
        ModelMetadata(description="new"),
        ModelMetadata(framework=Framework.CUSTOM),
        ModelMetadata(resources=Resources(gpu=1)),
        ModelMetadata(sample_input=Sample("in.json", b"[1]")),
    ],
)
def test_other_metadata_are_a_new_version_with_the_same_digest(register: "Register", other: ModelMetadata) -> None:
    """
    A version never changes, so what is said of it is part of it; its bytes are kept once.
    """
    one, two = register(b"a"), register(b"a", other)

    assert (1, 2) == (one.version, two.version)
    assert one.digest == two.digest


def test_all_that_was_said_is_kept(register: "Register", versions: LayoutVersions) -> None:
    """
    Metadata, creation and samples are read back from the store as they were given.
    """
    registered = register(b"weights", _SAID)
    found = LayoutVersions(LayoutStore(versions.store.root)).get("diabetes", 1)

    assert registered == found
    metadata = found.metadata
    assert ({"team": "risk"}, {"run": "7"}, "ridge") == (metadata.tags, metadata.properties, metadata.description)
    assert (Framework.SCIKIT_LEARN, "1.9") == (metadata.framework, metadata.framework_version)
    assert (Resources(0.5, 2), _CREATED, 1, 7) == (metadata.resources, found.created, found.file_count, found.size)
    with versions.store.open(metadata.samples["output"]) as sample:
        assert b"[2]" == sample.read()


def test_the_detected_framework_is_kept_when_none_is_given(tmp_path: Path, versions: LayoutVersions) -> None:
    """
    ONNX by its file name; what was given wins.
    """
    (tmp_path / "digits.onnx").write_bytes(b"graph")
    content = read_model("digits", Path("digits.onnx"), base=tmp_path)
    versions.register(content, ModelMetadata(), created=_CREATED, source_revision="0f3a")
    versions.register(content, ModelMetadata(framework=Framework.CUSTOM), created=_CREATED)

    assert [(Framework.CUSTOM, None), (Framework.ONNX, "0f3a")] == [
        (each.metadata.framework, each.source_revision) for each in versions.list()
    ]


def test_a_plan_is_what_registering_does_and_writes_nothing(
    tmp_path: Path, register: "Register", versions: LayoutVersions
) -> None:
    """
    `planned` names the number before the store exists, for new bytes, and for bytes that are there.
    """
    (tmp_path / "ridge.bin").write_bytes(b"a")
    content = read_model("diabetes", Path("ridge.bin"), base=tmp_path)
    assert 1 == versions.planned(content, ModelMetadata())
    assert not versions.store.root.exists()
    register(b"a")
    before = _state(versions.store.root)

    assert 1 == versions.planned(content, ModelMetadata())
    assert 2 == versions.planned(content, _SAID)
    assert before == _state(versions.store.root)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "property 'run' is '7' in version 1 and would be dropped"),
        ({"run": "8", "new": "x"}, "property 'run' is '7' in version 1 and would become '8'"),
    ],
)
def test_properties_can_only_be_added(
    register: "Register", versions: LayoutVersions, properties: dict[str, str], reason: str
) -> None:
    """
    Dropping or changing one names key, old and new value, and changes nothing.
    """
    register(b"a", _SAID)
    before = _state(versions.store.root)

    with pytest.raises(RegistrationError, match=reason):
        register(b"b", ModelMetadata(properties=properties))
    assert before == _state(versions.store.root)
    assert 2 == register(b"b", ModelMetadata(properties={"run": "7", "new": "x"})).version


def _truncate(path: Path) -> None:
    path.write_bytes(b"")


def _change(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("damage", [Path.unlink, _truncate, _change])
def test_registering_again_repairs(
    register: "Register", versions: LayoutVersions, damage: Callable[[Path], None]
) -> None:
    """
    A missing, short or changed blob of an existing version is written again.
    """
    first = register(b"weights" * 1000, _SAID)
    blobs = sorted((versions.store.root / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    largest = blobs[-1]
    damage(largest)

    assert first == register(b"weights" * 1000, _SAID)
    assert versions.store.intact(versions.read_content("diabetes", first.digest).layer)


def test_files_that_change_before_they_are_written_are_not_registered(tmp_path: Path, versions: LayoutVersions) -> None:
    """
    What is registered is what was planned, or nothing is.
    """
    (tmp_path / "ridge.bin").write_bytes(b"planned")
    content = read_model("diabetes", Path("ridge.bin"), base=tmp_path)
    (tmp_path / "ridge.bin").write_bytes(b"changed")

    with pytest.raises(ChangedWhileReadError):
        versions.register(content, ModelMetadata(), created=_CREATED)
    assert [] == versions.list()


def test_a_cancelled_registration_leaves_no_version(
    tmp_path: Path, versions: LayoutVersions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Ctrl-C while bytes are written: no version, no temporary file, and the next try is version 1.
    """
    monkeypatch.setattr("modelport.store.meter._TELL_EVERY_S", 0)
    (tmp_path / "big.bin").write_bytes(bytes(3_000_000))
    content = read_model("big", Path("big.bin"), base=tmp_path)
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        raise CancelledError

    with pytest.raises(CancelledError):
        versions.register(content, ModelMetadata(), created=_CREATED, progress=tell)
    assert ["registering big: 0 of 3 MB"] == lines
    assert ["oci-layout"] == [path.name for path in versions.store.root.rglob("*") if path.is_file()]
    assert 1 == versions.register(content, ModelMetadata(), created=_CREATED).version


def test_a_full_disk_registers_nothing(small_disk: Path) -> None:
    """
    A model that does not fit is one line and no trace.
    """
    model = small_disk.parent / "big.bin"
    model.write_bytes(bytes(5_000_000))
    versions = LayoutVersions(LayoutStore(small_disk / "store"))
    content = read_model("big", model, base=small_disk.parent / "project")

    with pytest.raises(NotWritableError, match="No space left on device"):
        versions.register(content, ModelMetadata(), created=_CREATED)
    assert [] == list(small_disk.iterdir())


def test_lists_are_filtered(register: "Register", versions: LayoutVersions) -> None:
    """
    By name, tag (with or without a value), property, and newest only.
    """
    register(b"a", ModelMetadata(tags={"team": "risk"}))
    register(b"b", ModelMetadata(tags={"team": "fraud"}, properties={"run": "7"}))
    register(b"c", name="other")

    def ids(**filters: "str | bool | dict[str, str | None]") -> list[str]:
        return [each.model_id for each in versions.list(**filters)]  # type: ignore[arg-type]  # one dict of all filters

    assert ["diabetes:2", "diabetes:1", "other:1"] == ids()
    assert ["other:1"] == ids(name="other")
    assert ["diabetes:1"] == ids(tags={"team": "risk"})
    assert ["diabetes:2", "diabetes:1"] == ids(tags={"team": None})
    assert ["diabetes:2"] == ids(properties={"run": "7"})
    assert ["diabetes:2", "other:1"] == ids(latest=True)
    assert [] == ids(latest=True, tags={"team": "risk"})
    assert [] == ids(name="unknown")


def test_versions_are_found_by_number_and_digest(register: "Register", versions: LayoutVersions) -> None:
    """
    Without a number it is the latest; a digest that several have is the latest of them.
    """
    one, two, three = register(b"a"), register(b"b"), register(b"a", ModelMetadata(tags={"x": "y"}))

    assert (three, two) == (versions.get("diabetes"), versions.get("diabetes", 2))
    assert (three, two) == (versions.by_digest("diabetes", one.digest), versions.by_digest("diabetes", two.digest))


@pytest.mark.parametrize(
    ("name", "version", "hint"),
    [("diabetis", None, "did you mean 'diabetes'?"), ("diabetes", 3, "it has 1"), ("diabetes", 0, "it has 1")],
)
def test_what_is_not_registered_is_named_with_what_is(
    register: "Register", versions: LayoutVersions, name: str, version: int | None, hint: str
) -> None:
    """
    An unknown name or number comes with the known ones.
    """
    register()

    with pytest.raises(UnknownModelError) as error:
        versions.get(name, version)
    assert hint in str(error.value)
    with pytest.raises(UnknownModelError, match="register it again"):
        versions.by_digest("diabetes", f"sha256:{'0' * 64}")


def test_a_record_that_is_none_is_named(register: "Register", versions: LayoutVersions) -> None:
    """
    An entry of that name that others have made is an error, not a traceback.
    """
    register()
    index = versions.store.root / "index.json"
    document = json.loads(index.read_bytes())
    document["manifests"][0] |= {
        key: value
        for key, value in versions.get("diabetes").content.document().items()
        if key in {"digest", "size", "mediaType"}
    }
    index.write_text(json.dumps(document))

    with pytest.raises(StoreError, match="models/diabetes:1 is no registered model"):
        versions.get("diabetes")
