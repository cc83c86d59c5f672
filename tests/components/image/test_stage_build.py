import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from modelport.errors import CancelledError, ModelportError
from modelport.image.build import load_build
from modelport.image.build_plan import BuildPlan, plan_build
from modelport.image.environment import interpreter
from modelport.image.lock import Lock, read_lock
from modelport.image.request import ImageModel, ImageRequest
from modelport.image.runtime_files import runtime_files
from modelport.image.stage_build import build, stage_build
from modelport.workspace import Workspace

MakeRequest = Callable[..., ImageRequest]
MakeWheel = Callable[..., Path]
MODEL = ImageModel("weights", "sha256:" + "a" * 64, version="3")

pytestmark = pytest.mark.usefixtures("script_check", "no_runtime_packages")


@pytest.fixture
def plan(project: Path, request_for: MakeRequest, make_wheel: MakeWheel) -> BuildPlan:
    make_wheel("alpha", "1.0")
    (project / ".gitignore").write_text("wheels/\n")
    (project / "tool.sh").write_text("#!/bin/sh\n")
    (project / "tool.sh").chmod(0o700)
    request = request_for(
        models=(MODEL,),
        dependencies=("alpha",),
        wheelhouse="wheels",
        index_url="none",
        environment_variables={"MODE": "fast"},
    )
    return plan_build(request, Lock(), may_resolve=True)


def _unpack(name: str, digest: str, target: Path) -> None:
    target.mkdir()
    (target / "weights.bin").write_text(f"{name} {digest}")


def _builds(project: Path) -> list[str]:
    return sorted(each.name for each in Workspace(project).builds.iterdir() if not each.name.endswith(".guard"))


def test_a_build_holds_script_runtime_and_models(project: Path, plan: BuildPlan) -> None:
    """
    The files lie where an image would have them, with normalised modes and without versions.
    """
    folder = stage_build(plan, Workspace(project), _unpack)

    assert sorted(each.name for each in (folder / "app").iterdir()) == ["score.py", "tool.sh"]
    assert stat.S_IMODE((folder / "app" / "tool.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "app" / "score.py").stat().st_mode) == 0o644
    assert (folder / "runtime" / "modelport_scoring" / "wire.py").is_file()
    assert [path for path, _ in runtime_files().files] == sorted(
        each.relative_to(folder / "runtime" / "modelport_scoring").as_posix()
        for each in (folder / "runtime").rglob("*")
        if each.is_file()
    )
    assert f"weights {MODEL.digest}" == (folder / "models" / "weights" / "weights.bin").read_text()
    assert '"3"' not in (folder / "build.json").read_text()


def test_a_build_is_read_back(project: Path, plan: BuildPlan) -> None:
    """
    What a service needs is in the build: script, models, variables, environment.
    """
    stage_build(plan, Workspace(project), _unpack)

    built = load_build(Workspace(project), plan.content_key)

    assert built.entry_script == "score.py"
    assert ((MODEL.name, MODEL.digest),) == built.models
    assert built.environment_variables == {"MODE": "fast"}
    assert plan.environment.key == built.environment_key
    assert (built.app / "score.py").is_file()
    assert (built.model("weights") / "weights.bin").is_file()


def test_a_second_build_does_nothing(project: Path, plan: BuildPlan) -> None:
    """
    Equal keys are built once: no model is unpacked again.
    """

    def refuse(_name: str, _digest: str, _target: Path) -> None:
        raise AssertionError

    first = stage_build(plan, Workspace(project), _unpack)

    assert first == stage_build(plan, Workspace(project), refuse)


def test_everything_is_made_in_one_go(project: Path, plan: BuildPlan) -> None:
    """
    Lock, environment and files are there afterwards, and a second run changes none.
    """
    built = build(plan, Workspace(project), _unpack)

    assert "demo" in read_lock(project / "modelport.lock").environments
    assert interpreter(Workspace(project).environments / built.environment_key).exists()
    again = plan_build(plan.request, read_lock(project / "modelport.lock"), may_resolve=False)
    assert plan.content_key == again.content_key
    assert built == build(again, Workspace(project), _unpack)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.write_text("changed"), "score.py was changed while it was deployed"),
        (lambda path: path.unlink(), "score.py was removed while it was deployed"),
    ],
)
def test_a_file_that_changed_since_the_plan_is_an_error(
    project: Path, plan: BuildPlan, change: Callable[[Path], None], reason: str
) -> None:
    """
    A key never stands for other bytes; nothing is left.
    """
    change(project / "score.py")

    with pytest.raises(ModelportError, match=reason):
        stage_build(plan, Workspace(project), _unpack)
    assert _builds(project) == []


@pytest.mark.parametrize("failure", [ModelportError("blob sha256:00 is corrupt"), CancelledError()])
def test_a_model_that_cannot_be_unpacked_leaves_nothing(
    project: Path, plan: BuildPlan, failure: ModelportError
) -> None:
    """
    A corrupt blob or a user who leaves: there is no half of a build.
    """

    def fail(name: str, digest: str, target: Path) -> None:
        _unpack(name, digest, target)
        raise failure

    with pytest.raises(type(failure)):
        stage_build(plan, Workspace(project), fail)
    assert _builds(project) == []


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "build.json").unlink(), "is not there"),
        (lambda folder: (folder / "build.json").write_text(""), "is damaged"),
        (lambda folder: (folder / "build.json").write_text("[]"), "is damaged"),
        (
            lambda folder: (folder / "models" / "weights" / "weights.bin").parent.rename(folder / "x"),
            "'weights' is missing",
        ),
        (lambda folder: _rewrite(folder, schema=2), "schema 2 is not 1"),
        (lambda folder: _rewrite(folder, contentKey="0" * 64), "is of 000000000000"),
        (lambda folder: _rewrite(folder, platform="vax"), "is damaged"),
    ],
)
def test_a_damaged_build_is_named_and_made_again(
    project: Path, plan: BuildPlan, damage: Callable[[Path], None], reason: str
) -> None:
    """
    Reading it is an error in one line; building it again mends it.
    """
    damage(stage_build(plan, Workspace(project), _unpack))

    with pytest.raises(ModelportError, match=reason) as raised:
        load_build(Workspace(project), plan.content_key)
    assert "\n" not in str(raised.value)

    stage_build(plan, Workspace(project), _unpack)
    assert plan.content_key == load_build(Workspace(project), plan.content_key).content_key
    assert [plan.content_key] == _builds(project)


def _rewrite(folder: Path, **changes: object) -> None:
    document = json.loads((folder / "build.json").read_text())
    (folder / "build.json").write_text(json.dumps({**document, **changes}))
