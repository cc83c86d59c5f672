"""Tests of `modelport.image.image_plan`, `image_config`, `write_image` and `context`: images from plan to folder."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from modelport.errors import ModelportError
from modelport.image.build_plan import BuildPlan
from modelport.image.context import dockerfile, is_context, write_context
from modelport.image.entry_script import read_script
from modelport.image.environment import Environment
from modelport.image.environment_layer import make_environment_layer
from modelport.image.image_config import ImageFacts
from modelport.image.image_plan import ImagePlan, plan_image
from modelport.image.image_sizes import size_line, size_problem
from modelport.image.lock import LockedPackage
from modelport.image.platforms import Platform
from modelport.image.request import ImageRequest
from modelport.image.requirements import Requirements
from modelport.image.runtime_files import RuntimeFiles
from modelport.image.stored_image import find_image
from modelport.image.write_image import copy_image, write_image
from modelport.progress import Progress, silent
from modelport.store.descriptor import Descriptor, digest_of
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.repository import Repository
from modelport.workspace import Workspace

from tests.components.image.bases import BASE, model_layer

MakeRequest = Callable[..., ImageRequest]
MakeWheel = Callable[..., Path]
KEY = "e" * 64

pytestmark = pytest.mark.usefixtures("script_check")


@pytest.fixture
def plan(project: Path, request_for: MakeRequest, make_wheel: MakeWheel) -> BuildPlan:
    """Plan an image of frozen inputs: a script, a runtime of one file, one wheel."""
    wheel = make_wheel("alpha", "1.0")
    (project / ".gitignore").write_text("wheels/\nruntime/\n")
    (project / "runtime").mkdir()
    (project / "runtime" / "__init__.py").write_text("")
    platform = Platform("linux", "amd64", "3.11")
    request = request_for(platform=platform, builder="oci", environment_variables={"MODE": 'a "$b" \\c'})
    script, problems = read_script(request)
    packages = (LockedPackage("alpha", "1.0", (digest_of(wheel.read_bytes()),)),)
    environment = Environment(packages, platform, Requirements((), "none", (), ("wheels",)))
    layer = make_environment_layer(Workspace(project), environment).locked
    runtime = RuntimeFiles(project / "runtime", (("__init__.py", digest_of(b"")),))
    assert [] == problems
    return BuildPlan(request, script, runtime, environment, KEY, None, base=BASE, layer=layer)


@pytest.fixture
def facts(plan: BuildPlan) -> ImageFacts:
    variables = plan.request.environment_variables
    return ImageFacts("demo", KEY, "score.py", variables, (model_layer("ridge", 3),), revision="f" * 40)


@pytest.fixture
def image(plan: BuildPlan, facts: ImageFacts, project: Path) -> ImagePlan:
    return plan_image(plan, facts, Workspace(project))


def _copy_base(target: Repository, progress: Progress) -> None:
    """Stand in for the copier of bases: these have no bytes."""


def test_frozen_inputs_have_one_digest(image: ImagePlan) -> None:
    """
    The golden digest of images.

    It may change with what is written here on purpose: entry point, variables, labels, places, layers' form, the
    pinned compressor, uv's way to unpack a wheel. Then all images are built anew once: say so in the changelog.
    """
    assert "sha256:d61c6372100c8d7f96e4712acf3ba8a44aa2ca0f354b646a1678d2b07abd1812" == image.descriptor.digest


def test_an_image_runs_the_runtime_as_nobody(image: ImagePlan) -> None:
    """
    Entry point, user, port, folders and variables are those that the runtime and Azure ML's scripts expect.
    """
    document = json.loads(image.config)
    config = document["config"]
    variables = dict(each.split("=", maxsplit=1) for each in config["Env"])

    assert ["/opt/modelport/environment/bin/python", "-P", "-u", "-m", "modelport_scoring.supervisor", "--image"] == (
        config["Entrypoint"]
    )
    assert ("10001:10001", "/var/azureml-app", "SIGTERM") == (
        config["User"],
        config["WorkingDir"],
        config["StopSignal"],
    )
    assert {"5001/tcp": {}} == config["ExposedPorts"]
    assert "/var/azureml-app/azureml-models/ridge/3" == variables["AZUREML_MODEL_DIR"]
    assert ("score.py", 'a "$b" \\c', "a=b") == (
        variables["AZUREML_ENTRY_SCRIPT"],
        variables["MODE"],
        variables["GREETING"],
    )
    assert "/opt/modelport/environment/bin:/usr/local/bin:/usr/bin" == variables["PATH"]
    assert ("1970-01-01T00:00:00Z", "amd64", "linux") == (
        document["created"],
        document["architecture"],
        document["os"],
    )
    assert len(document["history"]) == len(document["rootfs"]["diff_ids"]) == 6


def test_an_image_says_where_it_comes_from(image: ImagePlan) -> None:
    """
    Labels name key, commit, base and models; the base's own stay, but for those that describe itself.
    """
    labels = json.loads(image.config)["config"]["Labels"]

    assert KEY == labels["vnd.modelport.content-key"]
    assert "f" * 40 == labels["org.opencontainers.image.revision"]
    assert (BASE.digest, BASE.reference) == (
        labels["org.opencontainers.image.base.digest"],
        labels["org.opencontainers.image.base.name"],
    )
    assert [{"name": "ridge", "version": 3, "digest": "sha256:" + "a" * 64}] == json.loads(
        labels["vnd.modelport.models"]
    )
    assert ("free", "demo") == (labels["com.example.licence"], labels["org.opencontainers.image.title"])
    assert "vnd.modelport.licence" not in labels


def test_nvidia_s_licence_stays_with_the_image(plan: BuildPlan, facts: ImageFacts, project: Path) -> None:
    """
    What is built on a base with NVIDIA's libraries says so, for policies that judge where it may run.
    """
    base = replace(BASE, environment=("NVIDIA_PRODUCT_NAME=CUDA",))
    image = plan_image(replace(plan, base=base), facts, Workspace(project))

    assert "NVIDIA" == json.loads(image.config)["config"]["Labels"]["vnd.modelport.licence"]


def test_several_models_share_a_folder(plan: BuildPlan, facts: ImageFacts, project: Path) -> None:
    """
    As with Azure ML: the script finds them by name and version.
    """
    two = replace(facts, models=(model_layer("one", 1), model_layer("two", 2)))

    config = json.loads(plan_image(plan, two, Workspace(project)).config)["config"]
    assert "AZUREML_MODEL_DIR=/var/azureml-app/azureml-models" in config["Env"]


def test_where_a_layout_lies_is_not_in_an_image(plan: BuildPlan, facts: ImageFacts, project: Path) -> None:
    """
    Two machines that have the same base in other folders make the same image.
    """
    bases = [replace(BASE, reference=f"oci-layout:{folder}/base:1") for folder in ("/home/a", "/srv/b")]

    images = [plan_image(replace(plan, base=base), facts, Workspace(project)) for base in bases]
    assert images[0].descriptor == images[1].descriptor
    assert b"/home/a" not in images[0].config


def test_more_layers_than_containers_take_are_refused(plan: BuildPlan, facts: ImageFacts, project: Path) -> None:
    """
    The error comes at preview, not from the first container.
    """
    many = replace(facts, models=tuple(model_layer(f"m{number}", 1) for number in range(121)))

    with pytest.raises(ModelportError, match="126 layers, 121 of them models; containers take 125"):
        plan_image(plan, many, Workspace(project))


def test_what_is_planned_is_what_is_written(image: ImagePlan, tmp_path: Path) -> None:
    """
    The store's digest is the plan's, under the content key and the tag for people; every blob of ours is there.
    """
    repository = LayoutRepository(LayoutStore(tmp_path / "store"), "images/demo")

    written = write_image(image, repository, _copy_base, [KEY, "fffffff-eeeeeeeeeeee"], silent)

    found = find_image(repository, "fffffff-eeeeeeeeeeee")
    assert image.descriptor == written.descriptor
    assert written == found
    assert image.sizes == written.sizes
    assert [BASE.layers[0].digest] == [each.digest for each in written.layers if not repository.has(each)]


def test_a_models_layer_is_taken_over(image: ImagePlan, tmp_path: Path) -> None:
    """
    Where the store has the model, its bytes are not read again.
    """
    models = LayoutRepository(LayoutStore(tmp_path / "store"), "models/ridge")
    model = model_layer("ridge", 3)
    models.write(model.descriptor, model.open(), silent)
    inode = models.store.path(model.descriptor.digest).stat().st_ino

    write_image(image, LayoutRepository(models.store, "images/demo"), _copy_base, [KEY], silent)

    assert inode == models.store.path(model.descriptor.digest).stat().st_ino


def test_another_writer_of_the_tag_is_noticed(image: ImagePlan, tmp_path: Path) -> None:
    """
    What is read back is compared: a tag that was overwritten meanwhile is an error.
    """

    class Rival(LayoutRepository):
        def put_manifest(self, media_type: str, data: bytes, tag: str | None = None) -> Descriptor:
            super().put_manifest(media_type, data, tag)
            return super().put_manifest(media_type, data.replace(b'"schemaVersion":2', b'"schemaVersion":2 '), tag)

    with pytest.raises(ModelportError, match="another writer uses this name"):
        write_image(image, Rival(LayoutStore(tmp_path / "store"), "images/demo"), _copy_base, [KEY], silent)


def test_a_script_that_changes_meanwhile_is_never_stored(image: ImagePlan, project: Path, tmp_path: Path) -> None:
    """
    Bytes other than the planned ones get no name.
    """
    (project / "score.py").write_text("def init(): pass\ndef run(data): return None\n")
    repository = LayoutRepository(LayoutStore(tmp_path / "store"), "images/demo")

    with pytest.raises(ModelportError, match="changed"):
        write_image(image, repository, _copy_base, [KEY], silent)

    assert [] == repository.tags()


def test_a_copy_keeps_its_digest(image: ImagePlan, tmp_path: Path) -> None:
    """
    From one store to another nothing of an image changes.
    """
    plain = replace(image, base=replace(BASE, layers=(), diff_ids=()))
    without_base = plan_like(plain)
    source = LayoutRepository(LayoutStore(tmp_path / "one"), "images/demo")
    target = LayoutRepository(LayoutStore(tmp_path / "two"), "demo")
    stored = write_image(without_base, source, _copy_base, [KEY], silent)

    assert stored == copy_image(stored, source, target, [KEY], silent)
    assert all(map(target.has, stored.layers))


def plan_like(image: ImagePlan) -> ImagePlan:
    """Write configuration and manifest of *image* again: it got another base."""
    from modelport.image.image_config import image_config, image_manifest  # noqa: PLC0415 - for this test alone

    config = image_config(image.facts, image.base, image.layers)
    return replace(image, config=config, manifest=image_manifest(config, image.base, image.layers))


def test_a_context_needs_nothing_but_its_base(image: ImagePlan, project: Path) -> None:
    """
    The Dockerfile runs nothing: it adds the layers and states the configuration, the base by digest.
    """
    folder = write_context(image, Workspace(project).contexts / "demo")

    text = (folder / "Dockerfile").read_text()
    assert f"ARG BASE={BASE.reference}@{BASE.digest}\nFROM ${{BASE}}\n" in text
    assert "RUN" not in text
    assert r'ENV MODE="a \"\$b\" \\c"' in text
    kinds = ["environment.tar.gz", "runtime.tar.gz", "model.tar", "script.tar.gz", "links.tar.gz"]
    assert kinds == [each.name[4:] for each in sorted((folder / "layers").iterdir())]
    assert is_context(image, folder)
    assert dockerfile(image) == text


def test_a_value_of_several_lines_cannot_be_in_a_dockerfile(plan: BuildPlan, facts: ImageFacts, project: Path) -> None:
    """
    It is refused by the name of its variable, and nothing is written.
    """
    lines = plan_image(plan, replace(facts, environment_variables={"TEXT": "a\nb"}), Workspace(project))

    with pytest.raises(ModelportError, match="TEXT: a Dockerfile cannot hold a value of several lines"):
        write_context(lines, Workspace(project).contexts / "demo")

    assert not (Workspace(project).contexts / "demo").exists()


def test_sizes_are_told_by_kind() -> None:
    """
    One line says how large an image is and why; above a limit it is the error.
    """
    sizes = {"base": 48_000_000, "environment": 22_400_000, "runtime": 90_000, "model": 100_000, "links": 300}
    line = "image digits: 71 MB (base 48, environment 22, runtime 0.1, models 0.1, script 0)"

    assert line == size_line("digits", sizes)
    assert size_problem("digits", sizes, 80) is None
    assert str(size_problem("digits", sizes, 70)).startswith(f"{line} is above the limit of 70 MB")
