import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from modelport.errors import CancelledError, InvalidInputsError
from modelport.image.base import LockedBase
from modelport.image.base_checks import Asked
from modelport.image.base_plan import plan_base
from modelport.image.lock import Lock
from modelport.store.descriptor import LAYER_TYPE, MANIFEST_TYPE, Descriptor, digest_of
from modelport.workspace import Workspace

from tests.components.image.made_images import (
    LIBC,
    PLATFORM,
    file,
    folder,
    glibc,
    layer,
    link,
    opened,
    put,
    python,
    write_image,
    write_index,
    write_manifest,
)

TO_OPT = layer(link("usr/local/bin/python3.11", "/opt/py/bin/python3.11"))
CLOSED = layer(folder("closed", 0o700))
TO_CLOSED = layer(link("usr/bin/python3.11", "/closed/bin/python3.11"))
GZIP = f"{LAYER_TYPE}+gzip"
DOCKER = "application/vnd.docker."


def _plan(root: Path, reference: str | None = "oci-layout:base:1", **asked: str) -> LockedBase:
    workspace = Workspace(root)
    base, is_new = plan_base(reference, PLATFORM, Lock(), workspace, may_resolve=True, asked=Asked(**asked))
    assert is_new
    return base


def _problems(root: Path, reference: str = "oci-layout:base:1", **asked: str) -> list[str]:
    with pytest.raises(InvalidInputsError) as raised:
        _plan(root, reference, **asked)
    assert all("\n" not in str(each) for each in raised.value.failures)
    return [str(each) for each in raised.value.failures]


def test_all_facts_of_a_base_are_read(tmp_path: Path) -> None:
    """
    Manifest digest, layers, Python and C library come from the image itself.
    """
    layers = [glibc(), python()]
    written = write_image(tmp_path / "base", layers, environment=["PATH=/usr/local/bin", "LANG=C"], labels={"a": "b"})

    base = _plan(tmp_path)

    assert base.size == sum(each.size for each in base.layers)
    assert [GZIP, GZIP] == [each.media_type for each in base.layers]
    assert (
        LockedBase(
            reference="oci-layout:base:1",
            platform=PLATFORM,
            digest=written.digest,
            layers=base.layers,
            diff_ids=tuple(digest_of(each) for each in layers),
            environment=("PATH=/usr/local/bin", "LANG=C"),
            labels={"a": "b"},
            python="/usr/local/bin/python3.11",
            python_version="3.11",
            libc="2.36",
            size=base.size,
        )
        == base
    )


def test_an_index_leads_to_the_image_of_the_platform(tmp_path: Path) -> None:
    """
    Images for several platforms are read as the one that is wanted; attestations are no platform.
    """
    root = tmp_path / "base"
    images = {
        name: write_image(root, [glibc(), python()], tag=None, platform=name) for name in (PLATFORM, "linux/arm64")
    }
    write_index(root, images)

    assert images[PLATFORM].digest == _plan(tmp_path).digest


def test_docker_s_own_media_types_are_read(tmp_path: Path) -> None:
    """
    Schema 2 is OCI in other words: layers get OCI's types, the bytes are the same.
    """
    root = tmp_path / "base"
    plain = write_image(root, [glibc(), python()], tag=None)
    text = opened(root).manifest(plain).decode()
    for ours, theirs in (
        (GZIP, f"{DOCKER}image.rootfs.diff.tar.gzip"),
        ("vnd.oci.image.config.v1", "vnd.docker.container.image.v1"),
    ):
        text = text.replace(ours, theirs)
    document = {**json.loads(text), "mediaType": f"{DOCKER}distribution.manifest.v2+json"}
    written = put(root, f"{DOCKER}distribution.manifest.v2+json", document, "1")

    base = _plan(tmp_path)

    assert (written.digest, [GZIP, GZIP]) == (base.digest, [each.media_type for each in base.layers])


def test_a_layout_with_one_image_needs_no_tag(tmp_path: Path) -> None:
    """
    Tools write layouts without names, or with whole ones.
    """
    write_image(tmp_path / "base", [glibc(), python()], tag="docker.io/library/debian:12")

    assert _plan(tmp_path, "oci-layout:base").digest == _plan(tmp_path, "oci-layout:base:12").digest


def test_a_base_is_named_by_digest(tmp_path: Path) -> None:
    """
    A digest needs no tag, and may be that of an image that only an index names.
    """
    inner = write_image(tmp_path / "base", [glibc(), python()], tag=None)
    write_index(tmp_path / "base", {PLATFORM: inner})

    assert inner.digest == _plan(tmp_path, f"oci-layout:base@{inner.digest}").digest


@pytest.mark.parametrize(
    ("layers", "environment", "found"),
    [
        ([python("usr")], [], "/usr/bin/python3.11"),
        ([python("opt/conda", "3.12")], ["PATH=/opt/conda/bin:/usr/bin"], "/opt/conda/bin/python3.12"),
        ([python("opt/conda", "3.12")], [], "/opt/conda/bin/python3.12"),
        ([python("usr", "3.13"), python("usr/local")], [], "/usr/local/bin/python3.11"),
        ([python("usr", "3.11"), python("usr", "3.13")], [], "/usr/bin/python3.13"),
        ([python("usr", "3.10"), python("opt/py"), TO_OPT], [], "/opt/py/bin/python3.11"),
        ([python("usr"), layer(link("bin", "usr/bin"))], ["PATH=/bin:relative"], "/usr/bin/python3.11"),
    ],
)  # fmt: skip
def test_the_python_is_the_first_of_path(
    tmp_path: Path, layers: Sequence[bytes], environment: list[str], found: str
) -> None:
    """
    Where several are usable, the one that a shell in the image would start; by its real path, links followed.
    """
    write_image(tmp_path / "base", [glibc(), *layers], environment=environment)

    assert found == _plan(tmp_path).python


def test_the_version_that_is_asked_for_is_found(tmp_path: Path) -> None:
    """
    It stands behind the reference in the lock's key, since other images may ask the same base for another.
    """
    write_image(tmp_path / "base", [glibc(), python(), python("usr", "3.12")])

    base = _plan(tmp_path, python="3.12")

    assert ("/usr/bin/python3.12", "oci-layout:base:1 linux/amd64 3.12") == (base.python, base.lock_key)


def test_the_interpreter_that_is_asked_for_is_found(tmp_path: Path) -> None:
    """
    A path in a virtual environment stays as it is given: its packages hang on it.
    """
    own = layer(link("opt/own/bin/python", "/usr/local/bin/python3.11"))
    write_image(tmp_path / "base", [glibc(), python(), own])

    base = _plan(tmp_path, interpreter_path="/opt/own/bin/python")

    assert ("/opt/own/bin/python", "3.11") == (base.python, base.python_version)
    assert "oci-layout:base:1 linux/amd64 /opt/own/bin/python" == base.lock_key


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/opt/none/python", "is no Python in the base (it has /usr/local/bin/python3.11)"),
        ("opt/python", "is not absolute: give the path in the image"),
    ],
)
def test_an_interpreter_that_is_not_there_is_told(tmp_path: Path, path: str, reason: str) -> None:
    """
    The message says which Pythons the base has.
    """
    write_image(tmp_path / "base", [glibc(), python()])

    (problem,) = _problems(tmp_path, interpreter_path=path)

    assert problem.startswith(f"interpreterPath: 'oci-layout:base:1' {path!r}")
    assert reason in problem


MUSL = layer(file("lib/ld-musl-x86_64.so.1"))
OLD_LIBC = layer(file("lib/libc-2.27.so"), link("lib/libc.so.6", "libc-2.27.so"))


@pytest.mark.parametrize(
    ("layers", "reasons"),
    [
        ([MUSL, python()], ["is made with musl (Alpine), the packages' wheels need glibc: use python-slim"]),
        ([python()], ["has no C library that wheels can use (glibc): use python-slim"]),
        ([OLD_LIBC, python()], ["has glibc 2.27, the packages' wheels need 2.28 or newer: use a newer system"]),
        ([glibc()], ["has no Python 3.11 or newer (it has none in the folders of its PATH): use python-slim"]),
        ([glibc(), python(version="3.9")], ["(it has 3.9 at /usr/local/bin/python3.9)"]),
        ([MUSL, python(version="3.9")], ["is made with musl", "has no Python 3.11 or newer"]),
        ([glibc(), python(), layer(file("usr/local/bin/.wh.python3.11"))], ["has no Python 3.11 or newer"]),
        ([glibc(), python(), layer(file("usr/.wh..wh..opq"))], ["has no C library", "has no Python"]),
        ([glibc(), layer(file("usr/bin/python3.11"))], ["comes without the standard library"]),
        ([glibc(), CLOSED, python("closed"), TO_CLOSED], ["cannot be run by another user than root: '/closed' lacks"]),
        ([glibc(), layer(link("usr/bin/python3.11", "python3.11"))], ["has no Python 3.11 or newer"]),
        ([glibc(), layer(file("../usr/bin/python3.11"))], ["has no Python 3.11 or newer"]),
    ],
)  # fmt: skip
def test_all_that_keeps_an_image_from_being_a_base_is_told(
    tmp_path: Path, layers: Sequence[bytes], reasons: list[str]
) -> None:
    """
    C library and Python are looked at in one go; each problem has its way out.
    """
    write_image(tmp_path / "base", layers)

    problems = _problems(tmp_path)

    assert len(reasons) == len(problems)
    for reason, problem in zip(reasons, problems, strict=True):
        assert problem.startswith("base: 'oci-layout:base:1' ")
        assert reason in problem


def _image_for_arm(root: Path) -> None:
    write_image(root, [glibc(), python()], platform="linux/arm64")


def _index_for_arm(root: Path) -> None:
    write_index(root, {"linux/arm64": write_image(root, [], tag=None, platform="linux/arm64")})


def _schema_1(root: Path) -> None:
    put(root, f"{DOCKER}distribution.manifest.v1+prettyjws", {"schemaVersion": 1}, "1")


def _schema_1_of_a_tool(root: Path) -> None:
    put(root, MANIFEST_TYPE, {"schemaVersion": 1}, "1")


def _artifact(root: Path) -> None:
    put(root, MANIFEST_TYPE, {"config": Descriptor.of("application/vnd.cncf.helm.config.v1+json", b"").document()}, "1")


def _foreign_layer(root: Path) -> None:
    write_manifest(root, {}, [(f"{DOCKER}image.rootfs.foreign.diff.tar.gzip", b"")])


def _too_few_diff_ids(root: Path) -> None:
    write_manifest(root, {"os": "linux", "architecture": "amd64"}, [(LAYER_TYPE, glibc())])


def _not_json(root: Path) -> None:
    repository = opened(root)
    descriptor = repository.put_manifest(MANIFEST_TYPE, b"[[[")
    with repository.store.transaction() as index:
        index.put("1", descriptor)


def _corrupt_layer(root: Path) -> None:
    write_image(root, [glibc(), python()])
    for blob in (root / "blobs" / "sha256").iterdir():
        if blob.read_bytes()[:2] == b"\x1f\x8b":
            blob.write_bytes(blob.read_bytes()[:-1] + b"\x07")


def _missing_layer(root: Path) -> None:
    write_image(root, [LIBC])
    for blob in (root / "blobs" / "sha256").iterdir():
        if blob.read_bytes()[:2] == b"\x1f\x8b":
            blob.unlink()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_image_for_arm, "is for linux/arm64, linux/amd64 is wanted"),
        (_index_for_arm, "is not there for linux/amd64 (it is for linux/arm64)"),
        (_schema_1, "has a manifest of schema 1, which is not read"),
        (_schema_1_of_a_tool, "has a manifest of schema 1, which is not read"),
        (_artifact, "is no container image: its configuration is 'application/vnd.cncf.helm.config.v1+json'"),
        (_foreign_layer, "which cannot be copied"),
        (_too_few_diff_ids, "has 1 layers and 0 diff ids: it is damaged, or too deep"),
        (_not_json, "is no JSON object"),
        (_corrupt_layer, "is missing or is not what its digest says: get the image again"),
        (_missing_layer, "is missing or is not what its digest says: get the image again"),
    ],
)  # fmt: skip
def test_what_is_no_usable_image_is_one_line(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    """
    Foreign, damaged and hostile images end in a problem of the input `base`.
    """
    make(tmp_path / "base")

    (problem,) = _problems(tmp_path)

    assert problem.startswith("base: ")
    assert reason in problem


def test_a_layout_that_is_none_or_lacks_the_tag_says_what_there_is(tmp_path: Path) -> None:
    """
    The message lists the names that could have been meant.
    """
    write_image(tmp_path / "base", [glibc(), python()], tag="12")

    assert "is no OCI layout in the project" in _problems(tmp_path, "oci-layout:other:1")[0]
    assert "has 0 images under this name (it has 12)" in _problems(tmp_path, "oci-layout:base:13")[0]
    assert "no manifest of this digest" in _problems(tmp_path, f"oci-layout:base@sha256:{'a' * 64}")[0]


@pytest.mark.parametrize("reference", ["mcr.microsoft.com/azureml/onnxruntime:v0.4.0", "pyton-slim", "a b"])
def test_a_wrong_name_is_a_problem_of_the_input(tmp_path: Path, reference: str) -> None:
    """
    Nothing is asked of a network to find out.
    """
    assert _problems(tmp_path, reference)[0].startswith("base: ")


def test_what_is_locked_is_taken_as_it_is(tmp_path: Path) -> None:
    """
    A tag that moved since changes nothing; an empty lock takes what it names now.
    """
    write_image(tmp_path / "base", [glibc(), python()])
    locked = _plan(tmp_path)
    moved = write_image(tmp_path / "base", [glibc(), python(), layer(file("new"))])
    lock = Lock(bases={locked.lock_key: locked})

    again, is_new = plan_base("oci-layout:./base:1", PLATFORM, lock, Workspace(tmp_path), may_resolve=False)

    assert (locked, False) == (again, is_new)
    assert moved.digest == _plan(tmp_path).digest


def test_what_is_not_locked_is_an_error_where_nothing_may_be_resolved(tmp_path: Path) -> None:
    """
    On CI the lock decides; the message has the command.
    """
    with pytest.raises(InvalidInputsError) as raised:
        plan_base(None, PLATFORM, Lock(), Workspace(tmp_path), may_resolve=False)

    text = (
        "base: modelport.lock has no base 'docker.io/library/python:3.11-slim' on linux/amd64: "
        "run `modelport lock` and commit the file"
    )
    assert text == str(raised.value)


def test_leaving_is_no_problem_of_the_base(tmp_path: Path) -> None:
    """
    Ctrl-C ends the reading as what it is.
    """

    def leave(_line: str) -> None:
        raise CancelledError

    write_image(tmp_path / "base", [glibc(), python()])

    with pytest.raises(CancelledError):
        plan_base("oci-layout:base", PLATFORM, Lock(), Workspace(tmp_path), may_resolve=True, progress=leave)


@pytest.mark.slow
def test_a_real_debian_is_a_base(tmp_path: Path, debian_base: Path) -> None:
    """
    What mmdebstrap makes passes every check, layers and links of a real system included.
    """
    base = _plan(tmp_path, f"oci-layout:{debian_base}")

    assert ("/usr/bin/python3.11", "2.36") == (base.python, base.libc)
    assert not (tmp_path / ".modelport").exists()
