"""Tests of `modelport.registry.registry_versions`, against a real registry."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from modelport.registry.content import ModelContent, read_model
from modelport.registry.errors import (
    ModelInUseError,
    OverwrittenVersionError,
    RegistrationError,
    UnknownModelError,
)
from modelport.registry.metadata import ModelMetadata, Sample
from modelport.registry.open_versions import open_versions
from modelport.registry.version import RegisteredVersion
from modelport.registry.versions import ModelVersions
from modelport.store.descriptor import INDEX_TYPE
from modelport.store.errors import CorruptBlobError, InvalidReferenceError
from modelport.store.registries import Registries
from modelport.store.registry_errors import RegistryError

from tests.services.registry import Registry

pytestmark = pytest.mark.slow

Register = Callable[..., RegisteredVersion]
SLEEP = "modelport.registry.registry_versions.time.sleep"
_CREATED = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(name="versions")
def models_in_a_registry(registry: Registry, tmp_path: Path) -> ModelVersions:
    """Open the models of a registry that has none."""
    return open_versions(registry.store, tmp_path)


@pytest.fixture(name="register")
def registration(tmp_path: Path, versions: ModelVersions) -> Register:
    """Register bytes as the one file of a model."""

    def run(data: bytes, metadata: ModelMetadata | None = None, name: str = "diabetes") -> RegisteredVersion:
        return versions.register(_content(tmp_path, data, name), metadata or ModelMetadata(), created=_CREATED)

    return run


def _content(base: Path, data: bytes, name: str = "diabetes") -> ModelContent:
    (base / "ridge.bin").write_bytes(data)
    return read_model(name, Path("ridge.bin"), base=base)


def _put(registry: Registry, tag: str, data: bytes) -> None:
    """Give a version's tag another meaning, as anybody who may push can."""
    client = Registries().client(registry.host, plain=True)
    client.put_manifest("team/models/diabetes", INDEX_TYPE, data, tag)


def _record(registry: Registry, tag: str) -> bytes:
    found = Registries().client(registry.host, plain=True).manifest("team/models/diabetes", tag)
    assert found is not None
    return found[1]


def test_numbers_and_digests_are_those_of_a_folder(tmp_path: Path, register: Register, versions: ModelVersions) -> None:
    """
    1, 2, 3 under each name; the same again is the same version; the digest does not depend on the store.
    """
    registered = [register(b"a"), register(b"b"), register(b"a"), register(b"c", name="other")]
    folder = open_versions("oci-layout:store", tmp_path)
    in_a_folder = folder.register(_content(tmp_path, b"a"), ModelMetadata(), created=_CREATED)

    assert ["diabetes:1", "diabetes:2", "diabetes:1", "other:1"] == [each.model_id for each in registered]
    assert in_a_folder == registered[0]
    assert ["diabetes:2", "diabetes:1", "other:1"] == [each.model_id for each in versions.list()]
    assert ["diabetes:2", "other:1"] == [each.model_id for each in versions.list(latest=True)]
    assert registered[0] == versions.by_digest("diabetes", registered[0].digest)


def test_all_that_was_said_is_kept(register: Register, versions: ModelVersions) -> None:
    """
    Metadata and samples come back; properties are never dropped.
    """
    said = ModelMetadata(tags={"a": "b"}, properties={"run": "7"}, sample_input=Sample("in.json", b"[1]"))
    registered = register(b"a", said)

    assert registered == versions.get("diabetes", 1)
    with versions.repository("diabetes").open(registered.metadata.samples["input"]) as sample:
        assert b"[1]" == sample.read()
    with pytest.raises(RegistrationError, match="property 'run' is '7' in version 1 and would be dropped"):
        register(b"b")


def test_a_plan_writes_nothing(tmp_path: Path, registry: Registry, versions: ModelVersions) -> None:
    """
    What a registration would take is found by reading.
    """
    assert 1 == versions.planned(_content(tmp_path, b"a"), ModelMetadata())
    assert not registry.storage.exists()


def test_models_are_listed_and_unpacked(tmp_path: Path, register: Register, versions: ModelVersions) -> None:
    """
    Files come out byte for byte, once verified.
    """
    registered = register(b"weights")
    versions.unpack("diabetes", registered.digest, tmp_path / "out")

    assert b"weights" == (tmp_path / "out" / "ridge.bin").read_bytes()
    stored = versions.read_content("diabetes", registered.digest)
    assert [("ridge.bin", 7)] == [(file.path, file.size) for file in stored.files]


def test_corrupt_models_are_never_unpacked(
    tmp_path: Path, registry: Registry, register: Register, versions: ModelVersions
) -> None:
    """
    A blob that is not what its digest says is named, and leaves nothing.
    """
    registered = register(b"weights")
    layer = versions.read_content("diabetes", registered.digest).layer.digest.removeprefix("sha256:")
    file = registry.storage / "blobs" / "sha256" / layer[:2] / layer / "data"
    file.write_bytes(file.read_bytes().replace(b"weights", b"weighty"))

    with pytest.raises(CorruptBlobError, match=f"blob sha256:{layer} is corrupt: registry {registry.host}"):
        versions.unpack("diabetes", registered.digest, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_overwritten_version_is_named_and_never_served(
    registry: Registry, register: Register, versions: ModelVersions
) -> None:
    """
    A tag that names another version's record, or something else, is an error with name, number and what is there.
    """
    register(b"a")
    register(b"b")
    _put(registry, "2", _record(registry, "1"))
    with pytest.raises(
        OverwrittenVersionError, match=r"diabetes:2 in store .* was overwritten: tag 2 now names diabetes:1"
    ):
        versions.get("diabetes", 2)

    _put(registry, "2", b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}')
    with pytest.raises(OverwrittenVersionError, match="tag 2 now names no version of a model"):
        register(b"c")


def test_a_number_that_another_writer_took_is_left_to_it(
    registry: Registry, register: Register, versions: ModelVersions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Who finds another record under the number just pushed takes the next.
    """
    other = register(b"a")
    record = json.loads(_record(registry, "1"))
    record["annotations"]["org.opencontainers.image.version"] = "2"

    def meanwhile(_seconds: float) -> None:
        monkeypatch.setattr(SLEEP, lambda _seconds: None)
        _put(registry, "2", json.dumps(record).encode())

    monkeypatch.setattr(SLEEP, meanwhile)
    mine = register(b"b")

    assert 3 == mine.version
    assert [mine.digest, other.digest, other.digest] == [each.digest for each in versions.list()]


def test_removal_needs_force_and_keeps_the_number(
    registry: Registry, register: Register, versions: ModelVersions
) -> None:
    """
    A registry does not know who runs a model. What is removed is gone for readers, and its number is not given again.
    """
    register(b"a")
    second = register(b"b")
    with pytest.raises(ModelInUseError, match=r"may be in use: registry .* repeat the command with --force"):
        versions.remove("diabetes", 2)
    versions.remove("diabetes", 2, force=True)

    assert ["diabetes:1"] == [each.model_id for each in versions.list()]
    assert None is Registries().client(registry.host, plain=True).manifest("team/models/diabetes", second.digest)
    assert 3 == register(b"b").version
    with pytest.raises(UnknownModelError, match=r"has no version 2 in store .*; it has 1, 3"):
        versions.remove("diabetes", 2, force=True)


def test_bytes_that_another_version_has_stay(register: Register, versions: ModelVersions, tmp_path: Path) -> None:
    """
    Two versions of one content: removing one leaves the other whole.
    """
    register(b"a")
    register(b"a", ModelMetadata(tags={"a": "b"}))
    versions.remove("diabetes", 1, force=True)
    versions.unpack("diabetes", versions.get("diabetes", 2).digest, tmp_path / "out")

    assert b"a" == (tmp_path / "out" / "ridge.bin").read_bytes()


def test_a_registry_that_deletes_nothing_is_left_as_it_was(
    register: Register, versions: ModelVersions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The error says which setting allows it; the version is still there.
    """
    registered = register(b"a")
    client = "modelport.store.registry_client.RegistryClient.delete_manifest"
    message = "deleting may have to be enabled"

    def refused(*_arguments: object) -> None:
        raise RegistryError(message)

    monkeypatch.setattr(client, refused)
    with pytest.raises(RegistryError, match=message):
        versions.remove("diabetes", 1, force=True)
    assert registered == versions.get("diabetes", 1)


def test_names_that_registries_do_not_take_are_refused(tmp_path: Path, versions: ModelVersions) -> None:
    """
    Azure ML's rule for names is wider than a registry's.
    """
    with pytest.raises(InvalidReferenceError, match="'models/Diabetes' cannot be a repository of store"):
        versions.planned(_content(tmp_path, b"a", "Diabetes"), ModelMetadata())


def test_an_unknown_model_is_said_with_what_there_is(register: Register, versions: ModelVersions) -> None:
    """
    The store is named as settings have it.
    """
    register(b"a")

    with pytest.raises(
        UnknownModelError, match=r"'diabets' is not in store oci\+http://.*/team; did you mean 'diabetes'"
    ):
        versions.get("diabets")


_REGISTER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from modelport.registry.content import read_model
from modelport.registry.metadata import ModelMetadata
from modelport.registry.open_versions import open_versions
base, versions = Path(sys.argv[2]), open_versions(sys.argv[1], Path(sys.argv[2]))
for file in sys.argv[3:]:
    content = read_model("diabetes", Path(file), base=base)
    print(versions.register(content, ModelMetadata(), created=datetime.now(UTC)).version, flush=True)
"""


def test_two_writers_never_get_one_number(tmp_path: Path, registry: Registry, versions: ModelVersions) -> None:
    """
    Three processes register three different models each, at once: nine numbers, each naming what its writer pushed.
    """
    names = [[f"{writer}-{number}" for number in range(3)] for writer in range(3)]
    for name in [name for own in names for name in own]:
        (tmp_path / name).write_text(name)
    command = [sys.executable, "-c", _REGISTER, registry.store, str(tmp_path)]
    writers = [subprocess.Popen([*command, *own], stdout=subprocess.PIPE, text=True) for own in names]
    numbers = [int(line) for writer in writers for line in writer.communicate(timeout=120)[0].split()]

    assert 9 == len(set(numbers))
    assert 9 == len({each.digest for each in versions.list()})
