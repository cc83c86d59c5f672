from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from modelport.errors import InvalidInputsError
from modelport.image.build_plan import BuildPlan, plan_build
from modelport.image.content_key import ImageContent, content_key
from modelport.image.lock import Lock, LockedEnvironment, LockedPackage
from modelport.image.platforms import Platform
from modelport.image.request import ImageModel, ImageRequest
from modelport.image.wanted_sources import settled

from tests.components.image.bases import BASE

MakeRequest = Callable[..., ImageRequest]
MakeWheel = Callable[..., Path]
DIGEST = "sha256:" + "a" * 64
MODEL = ImageModel("weights", DIGEST, framework="Custom")

pytestmark = pytest.mark.usefixtures("script_check", "no_runtime_packages")


def _lock(request: ImageRequest, *requires: str) -> Lock:
    packages = (LockedPackage("alpha", "1.0", (DIGEST,)),)
    return Lock({request.name: LockedEnvironment(requires, {str(request.platform): packages})})


def _plan(request: ImageRequest) -> BuildPlan:
    return plan_build(request, _lock(request), may_resolve=False)


def _problems(request: ImageRequest) -> dict[str, str]:
    with pytest.raises(InvalidInputsError) as raised:
        _plan(request)
    return {each.property_path: each.reason for each in raised.value.failures}


def test_a_plan_is_made_by_reading_only(project: Path, request_for: MakeRequest) -> None:
    """
    The key is known before anything is written.
    """
    before = sorted(project.rglob("*"))

    plan = _plan(request_for(models=(MODEL,)))

    assert len(plan.content_key) == 64
    assert plan.entry_script == "score.py"
    assert before == sorted(project.rglob("*"))


def test_what_is_worth_knowing_of_a_base_is_told(request_for: MakeRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Every preview says it, not only the one that locks the base.
    """
    request = request_for(builder="oci", base="example.com/cuda:1", platform=Platform("linux", "amd64", "3.11"))
    base = replace(BASE, labels={"com.nvidia.cudnn.version": "9"})
    monkeypatch.setattr("modelport.image.build_plan.base_of", lambda request, *_, **__: (request, base, False))
    monkeypatch.setattr("modelport.image.build_plan.layer_of", lambda *_, **__: (None, False))

    assert [True] == ["has NVIDIA's libraries" in each for each in _plan(request).findings]


def test_versions_and_places_of_models_make_no_difference(request_for: MakeRequest) -> None:
    """
    The store's counter and what a model says of its resources are no part of the key.
    """
    one = _plan(request_for(models=(MODEL,)))
    two = _plan(request_for(models=(ImageModel("weights", DIGEST, version="7", framework="Other"),)))

    assert one.content_key == two.content_key


def test_the_entry_script_counts_from_the_source_directory(project: Path, request_for: MakeRequest) -> None:
    """
    As in Azure ML; a path from the project is understood, too.
    """
    (project / "app" / "src").mkdir(parents=True)
    (project / "score.py").rename(project / "app" / "src" / "score.py")

    one = _plan(request_for(entry_script="src/score.py", source_directory="app"))
    two = _plan(request_for(entry_script="app/src/score.py", source_directory="app"))

    assert one.entry_script == "src/score.py"
    assert one.content_key == two.content_key


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"entry_script": "scor.py"}, "entryScript", "'scor.py' is not there; did you mean 'score.py'?"),
        ({"entry_script": "app/score.py"}, "entryScript", "there is no folder 'app' either"),
        ({"entry_script": "model"}, "entryScript", "is a folder, not a file"),
        ({"source_directory": "mode"}, "sourceDirectory", "'mode' is no folder; did you mean 'model'?"),
        ({"source_directory": "model"}, "entryScript", "not in the source directory 'model'"),
        ({"entry_script": None, "source_directory": "model"}, "sourceDirectory", "without an entry script"),
        ({"entry_script": None}, "entryScript", "neither models nor an entry script"),
        ({"requirements": "requirements.txt"}, "requirements", "cannot be read"),
        ({"dependencies": ("numpy=1",)}, "dependencies", "dependencies[0]: 'numpy=1' is no requirement"),
        ({"wheelhouse": "wheel"}, "wheelhouse", "'wheel' is no folder"),
        ({"index_url": "https://u:p@example.com/"}, "indexUrl", "holds credentials"),
        ({"extra_index_urls": ("simple",)}, "extraIndexUrls", "is no index URL"),
        ({"name": "Demo"}, "name", "lowercase"),
        ({"models": (MODEL, MODEL)}, "models[1]", "given twice"),
        ({"models": (ImageModel("a b", DIGEST),)}, "models[0]", "try 'a-b'"),
        ({"models": (ImageModel("a", "sha256:0"),)}, "models[0]", "64 digits"),
        ({"environment_variables": {"A-B": "1"}}, "environmentVariables.A-B", "not allowed"),
        ({"environment_variables": {"AZUREML_MODEL_DIR": "1"}}, "environmentVariables.AZUREML_MODEL_DIR", "itself"),
    ],
)
def test_a_wrong_input_is_named(request_for: MakeRequest, changes: dict[str, object], path: str, reason: str) -> None:
    """
    Each error has the path of its input, the value, and the way out.
    """
    problems = _problems(request_for(**changes))

    assert [path] == list(problems)
    assert reason in problems[path]


def test_more_than_a_thousand_models_are_refused(request_for: MakeRequest) -> None:
    """
    Azure ML's limit holds here, too.
    """
    models = tuple(ImageModel(f"m{number}", DIGEST) for number in range(1001))

    assert "1001 models are more than the 1000" in _problems(request_for(models=models))["models"]


def test_all_problems_are_told_at_once(request_for: MakeRequest) -> None:
    """
    A user mends all in one go.
    """
    changes = {"entry_script": "scor.py", "dependencies": ("-e .",), "name": "Demo"}

    assert {"entryScript", "dependencies", "name"} == set(_problems(request_for(**changes)))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def init(:\n", "score.py:1 does not parse"),
        ("def init(): pass\n", "score.py has no function run"),
        ("def run(data): pass\n", "score.py has no function init"),
    ],
)
def test_a_script_that_cannot_be_served_is_refused(
    project: Path, request_for: MakeRequest, source: str, reason: str
) -> None:
    """
    What the runtime's checks find is an error with file and line.
    """
    (project / "score.py").write_text(source)

    assert reason in _problems(request_for())["entryScript"]


def test_warnings_of_the_check_are_findings(project: Path, request_for: MakeRequest) -> None:
    """
    What is only odd does not stop a deployment.
    """
    with (project / "score.py").open("a") as file:
        file.write("# odd\n")

    assert _plan(request_for()).findings == ("score.py:1: is odd",)


def test_an_ignored_entry_script_is_refused(project: Path, request_for: MakeRequest) -> None:
    """
    A script that would not be in the image is found before it is missed.
    """
    (project / ".gitignore").write_text("*.py\n")

    assert "'!score.py'" in _problems(request_for())["entryScript"]


def test_a_bad_file_of_the_script_is_named(project: Path, request_for: MakeRequest) -> None:
    """
    A link out of the source directory is a problem of that directory.
    """
    (project / "out").symlink_to("/etc/hostname")

    assert "out: links to /etc/hostname" in _problems(request_for())["sourceDirectory"]


def test_a_lock_for_other_requirements_is_refused_even_on_a_laptop(request_for: MakeRequest) -> None:
    """
    Only `modelport lock` changes what is locked.
    """
    request = request_for(dependencies=("alpha>=2",))

    with pytest.raises(InvalidInputsError, match="out of date for 'demo'"):
        plan_build(request, _lock(request, "alpha>=1"), may_resolve=True)


def test_a_missing_entry_is_resolved_only_where_it_may_be(request_for: MakeRequest, make_wheel: MakeWheel) -> None:
    """
    A new image is resolved on a laptop, without writing; where that is not allowed it is an error.
    """
    make_wheel("alpha", "1.0")
    request = request_for(dependencies=("alpha",), wheelhouse="wheels", index_url="none")

    plan = plan_build(request, Lock(), may_resolve=True)

    assert [each.name for each in plan.environment.packages] == ["alpha"]
    assert plan.lock_addition is not None
    assert plan.lock_addition.requires == ("--find-links wheels", "--index-url none", "alpha")
    assert "commit the file" in plan.findings[0]
    assert not (request.project_root / "modelport.lock").exists()
    with pytest.raises(InvalidInputsError, match="no entry for 'demo': run `modelport lock`"):
        plan_build(request, Lock(), may_resolve=False)


def test_a_planned_and_a_locked_image_have_one_key(request_for: MakeRequest, make_wheel: MakeWheel) -> None:
    """
    The preview of a new image shows the key that the deployment will have.
    """
    make_wheel("alpha", "1.0")
    request = request_for(dependencies=("alpha",), wheelhouse="wheels", index_url="none")
    first = plan_build(request, Lock(), may_resolve=True)
    assert first.lock_addition is not None

    second = plan_build(request, Lock({"demo": first.lock_addition}), may_resolve=False)

    assert first.content_key == second.content_key
    assert second.lock_addition is None


def test_a_package_that_cannot_be_resolved_is_a_problem_of_the_requirements(
    request_for: MakeRequest, make_wheel: MakeWheel
) -> None:
    """
    The resolver's line reaches the user at the input that caused it.
    """
    make_wheel("alpha", "1.0")
    request = request_for(dependencies=("beta",), wheelhouse="wheels", index_url="none")

    with pytest.raises(
        InvalidInputsError, match=r"^dependencies: dependencies\[0\]: package 'beta' is not in the wheelhouse"
    ):
        plan_build(request, Lock(), may_resolve=True)


def test_a_model_alone_is_served_by_the_runtime(request_for: MakeRequest) -> None:
    """
    One ONNX model needs no script; the plan holds none.
    """
    plan = _plan(request_for(entry_script=None, models=(ImageModel("digits", DIGEST, framework="Onnx"),)))

    assert plan.script is None
    assert plan.entry_script is None


def test_a_script_that_cannot_be_read_is_named(request_for: MakeRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An unreadable entry script is one line, not a traceback.
    """

    def refuse(_path: Path, _name: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("modelport.image.script_files._read", refuse)

    assert "score.py: cannot be read" in _problems(request_for())["sourceDirectory"]


def test_all_packages_that_cannot_be_had_are_told_at_once(
    project: Path, request_for: MakeRequest, make_wheel: MakeWheel
) -> None:
    """
    One error per item, each with file and line; an old Python does not hide the packages.
    """
    make_wheel("alpha", "1.0")
    text = "dependencies:\n- python=3.6.2\n- alpha=0.20\n- mkl\n- pip:\n  - beta\n  - --no-index\n"
    (project / "conda.yml").write_text(text)
    request = settled(request_for(conda_file="conda.yml", wheelhouse="wheels"))

    with pytest.raises(InvalidInputsError) as raised:
        plan_build(request, Lock(), may_resolve=True)

    assert {each.property_path for each in raised.value.failures} == {"condaFile"}
    reasons = sorted(each.reason for each in raised.value.failures)
    assert [each[: len("conda.yml:2")] for each in reasons] == [f"conda.yml:{line}" for line in (2, 3, 4, 6)]
    assert "nearest is 3.11" in reasons[0]
    assert "(asked: alpha==0.20.*)" in reasons[1]
    assert reasons[1].endswith(f"the newest that {request.platform} can have is 1.0")
    assert "'mkl' cannot be had" in reasons[2]
    assert "package 'beta' is not in the wheelhouse" in reasons[3]


def test_what_a_package_needs_is_told_at_the_package_that_asks(request_for: MakeRequest, make_wheel: MakeWheel) -> None:
    """
    A user finds the line to change, not only the package that is missing.
    """
    make_wheel("alpha", "1.0", requires=("beta==2",))
    make_wheel("gamma", "1.0")
    request = request_for(dependencies=("gamma", "alpha"), wheelhouse="wheels", index_url="none")

    with pytest.raises(InvalidInputsError, match=r"^dependencies: dependencies\[1\]: package 'beta' is not in the"):
        plan_build(request, Lock(), may_resolve=True)


def test_packages_that_contradict_each_other_are_told_as_such(request_for: MakeRequest, make_wheel: MakeWheel) -> None:
    """
    Each by itself could be had, so none of them is named alone.
    """
    make_wheel("alpha", "1.0", requires=("beta==1",))
    make_wheel("beta", "1.0")
    make_wheel("beta", "2.0")
    request = request_for(dependencies=("alpha", "beta==2"), wheelhouse="wheels", index_url="none")

    with pytest.raises(InvalidInputsError, match=r"^requirements: the requirements contradict each other"):
        plan_build(request, Lock(), may_resolve=True)


def test_an_interpreter_of_the_image_is_part_of_the_key(request_for: MakeRequest) -> None:
    """
    Another Python is another image.
    """
    content = ImageContent("linux/amd64 cp311", "sha256:0")

    assert content_key(content) != content_key(replace(content, interpreter_path="/opt/conda/bin/python"))
