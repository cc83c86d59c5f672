"""Tests of `ImageBuild` with builders that make images, through the provider's own process."""

import json
import shutil
import subprocess
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from modelport.image_mode import ARCHIVE, CONTEXT, IMAGE, IMAGE_DIGEST, IMAGE_FORM, IMAGE_TARGET, LAYOUT
from modelport.provider.values import Properties
from modelport.store.descriptor import MANIFEST_TYPE
from modelport.store.layout import LayoutStore

from tests.components.image import made_images as made
from tests.provider_process import ProviderProcess, text
from tests.services.registry import Registry
from tests.services.scoring_container import docker, run_image

STORE = "oci-layout:.modelport/store"
ACCEPT = {"Accept": MANIFEST_TYPE}
PIXELS = {"data": [[0.0] * 64]}

pytestmark = pytest.mark.slow

Start = Callable[[], ProviderProcess]


@pytest.fixture
def base(project: Path) -> str:
    """Make a base that has what a base must have, and runs nothing."""
    made.write_image(project / "base", [made.glibc(), made.python()])
    return "oci-layout:base:1"


def _inputs(provider: ProviderProcess, base: str, builder: str = "oci", store: str = STORE) -> Properties:
    """Register the ONNX example and give the inputs of an image of it."""
    model: Properties = {"store": store, "name": "digits", "path": "examples/digits/digits.onnx"}
    registered = provider.create("ModelVersion", "digits", provider.check("ModelVersion", "digits", model))
    given: Properties = {"store": store, "name": "digits", "models": [text(registered, "reference")]}
    return {**given, "builder": builder, "base": base, "platform": "linux/amd64"}


def test_the_digest_of_the_preview_is_that_of_the_store(start_provider: Start, project: Path, base: str) -> None:
    """
    All is known before anything is built: reference, digest and size; another run changes nothing.
    """
    provider = start_provider()
    inputs = _inputs(provider, base)
    checked = provider.check("ImageBuild", "digits", inputs)
    previewed = provider.create("ImageBuild", "digits", checked, preview=True)
    store = LayoutStore(project / ".modelport" / "store")
    before = store.index().names("images/")

    created = provider.create("ImageBuild", "digits", checked)

    again = start_provider()
    listed = store.index().names("images/digits:")
    assert {} == before
    assert previewed == created
    assert text(created, "digest") == listed[f"images/digits:{checked['contentKey']}"].digest
    assert f":{checked['contentKey']}@{created['digest']}" in text(created, "reference")
    rechecked = again.check("ImageBuild", "digits", inputs, checked)
    assert set() == again.diff("ImageBuild", "digits", checked, created, rechecked).changes


def test_what_the_store_lost_is_built_again(start_provider: Start, project: Path, base: str) -> None:
    """
    A tag that is gone, or a blob, is a change of the next run, which puts the same digest there.
    """
    provider = start_provider()
    inputs = _inputs(provider, base)
    checked = provider.check("ImageBuild", "digits", inputs)
    created = provider.create("ImageBuild", "digits", checked)
    manifest = json.loads(_blob(project, text(created, "digest")).read_text())
    _blob(project, manifest["layers"][-1]["digest"]).unlink()

    again = start_provider()
    rechecked = again.check("ImageBuild", "digits", inputs, checked)
    difference = again.diff("ImageBuild", "digits", checked, created, rechecked)
    mended = again.update("ImageBuild", "digits", created, rechecked)

    assert {"reference"} == difference.changes
    assert created == mended
    assert _blob(project, manifest["layers"][-1]["digest"]).is_file()


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"builder": "oki"}, "builder", "'oki' is not known: it is one of files, oci, context"),
        ({"platform": "macos/arm64"}, "platform", "images are for linux/amd64 or linux/arm64"),
        ({"repository": "Digits"}, "repository", "'Digits' is not allowed"),
        ({"tag": "a b"}, "tag", "'a b' is not allowed"),
        ({"sizeLimitMb": 1}, "sizeLimitMb", "is above the limit of 1 MB"),
        ({"accelerator": "cuda9"}, "accelerator", "'cuda9' is not known: it is one of cuda12"),
        ({"accelerator": "cuda12", "builder": "files"}, "accelerator", "this service runs as a process"),
        ({"base": "oci-layout:nowhere:1"}, "base", "nowhere"),
    ],
)
def test_what_cannot_be_an_image_is_refused_at_preview(
    start_provider: Start, base: str, change: Properties, path: str, reason: str
) -> None:
    """
    Each error has the path of its input and the way out.
    """
    provider = start_provider()

    [(found, said)] = provider.refusals("ImageBuild", "digits", {**_inputs(provider, base), **change})
    assert path == found
    assert reason in said


def test_where_nothing_may_be_resolved_the_lock_decides(project: Path, base: str) -> None:
    """
    In CI an image that was never locked is an error that names the command; once it was built, it needs nothing.
    """
    with ProviderProcess(project, environment={"CI": "true"}) as provider:
        [(path, said)] = provider.refusals("ImageBuild", "digits", _inputs(provider, base))
    with ProviderProcess(project) as provider:
        created = _created(provider, _inputs(provider, base))
    shutil.rmtree(project / ".modelport")
    with ProviderProcess(project, environment={"CI": "true"}) as provider:
        inputs = provider.check("ImageBuild", "digits", _inputs(provider, base))
        previewed = provider.create("ImageBuild", "digits", inputs, preview=True)

    assert "base" == path
    assert "run `modelport lock`" in said
    assert created == previewed
    assert not (project / ".modelport" / "layers").exists()


def test_a_registry_takes_over_what_it_has(registry: Registry, start_provider: Start, project: Path, base: str) -> None:
    """
    Digest and reference are known at preview; the image can be pulled by digest, and a rerun changes nothing.
    """
    provider = start_provider()
    inputs = _inputs(provider, base, store=registry.store)
    checked = provider.check("ImageBuild", "digits", inputs)
    previewed = provider.create("ImageBuild", "digits", checked, preview=True)
    created = provider.create("ImageBuild", "digits", checked)
    again = start_provider()
    rechecked = again.check("ImageBuild", "digits", inputs, checked)

    name, _, digest = text(created, "pullReference").removeprefix(f"{registry.host}/").rpartition("@")
    pulled = requests.get(f"{registry.url}/v2/{name}/manifests/{digest}", headers=ACCEPT, timeout=10)
    assert previewed == created
    assert digest == created["digest"] == pulled.headers["Docker-Content-Digest"]
    assert set() == again.diff("ImageBuild", "digits", checked, created, rechecked).changes


def test_a_context_is_a_folder_of_the_project(start_provider: Start, project: Path, base: str) -> None:
    """
    The output says where it is; a context that was touched is written again.
    """
    provider = start_provider()
    inputs = _inputs(provider, base, builder="context")
    created = _created(provider, inputs)
    folder = project / text(created, "path")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    again = start_provider()
    checked = again.check("ImageBuild", "digits", inputs)

    assert ".modelport/contexts/digits" == created["path"]
    assert {"reference"} == again.diff("ImageBuild", "digits", checked, created, checked).changes
    again.update("ImageBuild", "digits", created, checked)
    assert "ENTRYPOINT" in (folder / "Dockerfile").read_text()


def test_every_service_can_be_written_as_an_image(project: Path, base: str, tmp_path: Path) -> None:
    """
    `modelport image` needs no registered model and no builder: one digest in all forms, and nothing half-made.
    """
    digests, out = [], tmp_path / "out"
    for form in (LAYOUT, ARCHIVE, CONTEXT):
        target, digest = out / form, tmp_path / f"{form}.digest"
        asked = {IMAGE: "digits", IMAGE_FORM: form, IMAGE_TARGET: str(target), IMAGE_DIGEST: str(digest)}
        with ProviderProcess(project, environment=asked) as provider:
            model: Properties = {"store": STORE, "name": "digits", "path": "examples/digits/digits.onnx"}
            checked = provider.check("ModelVersion", "digits", model)
            reference = text(provider.create("ModelVersion", "digits", checked, preview=True), "reference")
            provider.check(
                "ImageBuild", "digits", {"store": STORE, "name": "digits", "models": [reference], "base": base}
            )
        digests.append(digest.read_text())

    [entry] = json.loads((out / LAYOUT / "index.json").read_text())["manifests"]
    with tarfile.open(out / ARCHIVE) as archive:
        assert "manifest.json" in archive.getnames()
    assert [entry["digest"]] * 3 == digests
    assert {"blobs", "index.json", "oci-layout"} == {each.name for each in (out / LAYOUT).iterdir()}
    assert {LAYOUT, ARCHIVE, CONTEXT} == {each.name for each in out.iterdir()}
    assert not (project / ".modelport" / "store").exists()


def test_an_archive_is_loaded_and_scores(docker_daemon: str, debian_base: Path, project: Path, tmp_path: Path) -> None:
    """
    `docker load` takes it under the digest of its configuration; the container scores, read-only and as nobody.
    """
    target, digest = tmp_path / "digits.tar", tmp_path / "digest"
    asked = {IMAGE: "digits", IMAGE_FORM: ARCHIVE, IMAGE_TARGET: str(target), IMAGE_DIGEST: str(digest)}
    with ProviderProcess(project, environment=asked) as provider:
        checked = provider.check("ImageBuild", "digits", _inputs(provider, f"oci-layout:{debian_base}"))
        created = provider.create("ImageBuild", "digits", checked)
    loaded = docker("load", "--input", str(target)).rpartition(" ")[2]
    try:
        with run_image(loaded) as container:
            answer = _score(container.url)
            code = container.stop()
        identity = docker("image", "inspect", "--format", "{{.Id}}", loaded)
    finally:
        docker("image", "rm", loaded)

    assert created["imageId"] == identity
    assert {"label", "probabilities"} == set(answer)
    assert 0 == code


def test_plain_docker_builds_a_context(docker_daemon: str, debian_base: Path, project: Path) -> None:
    """
    Without a network, from the base and the folder alone, comes an image that scores.
    """
    [layer] = [path for path in (debian_base / "blobs" / "sha256").iterdir() if path.stat().st_size > 1_000_000]
    base, image = "modelport-test-base:context", "modelport-test:context"
    subprocess.run(["docker", "import", layer, base], check=True)
    with ProviderProcess(project) as provider:
        created = _created(provider, _inputs(provider, f"oci-layout:{debian_base}", builder="context"))
    folder = str(project / text(created, "path"))
    try:
        docker("build", "--network=none", f"--build-arg=BASE={base}", "--tag", image, folder)
        with run_image(image) as container:
            answer = _score(container.url)
    finally:
        docker("image", "rm", "--force", image, base)

    assert {"label", "probabilities"} == set(answer)


def _created(provider: ProviderProcess, inputs: Properties) -> Properties:
    return provider.create("ImageBuild", "digits", provider.check("ImageBuild", "digits", inputs))


def _blob(project: Path, digest: str) -> Path:
    return project / ".modelport" / "store" / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _score(url: str) -> dict[str, object]:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}score", json.dumps(PIXELS).encode(), headers)  # noqa: S310 - http
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
        found: dict[str, object] = json.load(answer)
    return found
