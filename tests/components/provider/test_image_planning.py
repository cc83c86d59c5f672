"""Tests of what `ImageBuild` keeps between the engine's calls."""

from pathlib import Path
from typing import Any

import pytest
from modelport.image.build_plan import BuildPlan, plan_build
from modelport.provider import image_planning
from modelport.provider.image_build import ImageBuild
from modelport.provider.inputs import Inputs
from modelport.provider.model_version import ModelVersion
from modelport.provider.resource import Call, Session
from modelport.provider.values import Properties, plain
from modelport.stack_identity import StackIdentity
from modelport.workspace import Workspace

from tests.components.image import made_images as made

pytestmark = pytest.mark.slow

STORE = "oci-layout:.modelport/store"


@pytest.mark.parametrize("builder", ["oci", "context"])
def test_a_check_plans_an_image_once(project: Path, builder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What the lock lacks may take a minute to find out: Check does it once, and what follows in the run looks it up.
    """
    planned: list[str] = []

    def counted(*arguments: Any, **options: Any) -> BuildPlan:  # noqa: ANN401 - handed on as they are
        planned.append(builder)
        return plan_build(*arguments, **options)

    monkeypatch.setattr(image_planning, "plan_build", counted)
    monkeypatch.delenv("CI", raising=False)  # the lock has no such base, and gets it
    made.write_image(project / "base", [made.glibc(), made.python()])
    session = Session(Workspace(project))
    model: Properties = {"store": STORE, "name": "digits", "path": "examples/digits/digits.onnx"}
    registered = ModelVersion().check(_call(session, "ModelVersion"), Inputs({}), Inputs(plain(model)))
    image = Inputs(plain(_image(str(registered["digest"]), builder)))
    call = _call(session, "ImageBuild")
    checked = ImageBuild().check(call, Inputs({}), image)
    ImageBuild().plan(call, Inputs({}), Inputs(plain(checked)))

    assert [builder] == planned


def _image(digest: str, builder: str) -> Properties:
    return {
        "store": STORE,
        "name": "digits",
        "models": [f"{STORE}/models/digits@{digest}"],
        "builder": builder,
        "base": "oci-layout:base:1",
        "platform": "linux/amd64",
    }


def _call(session: Session, kind: str) -> Call:
    urn = f"urn:pulumi:dev::project::modelport:index:{kind}::digits"
    return Call(session, urn, "digits", StackIdentity("backend", "project", "dev"), lambda *_: None)
