from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from modelport.image import ScoringImage, ScoringImageArgs
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, set_mocks

from tests.sdk import TidyMonitor

MODEL = "oci-layout:.modelport/store/models/diabetes@sha256:" + "a" * 64
OUTPUTS = {
    "contentKey": "k" * 64,
    "environmentKey": "e" * 64,
    "reference": "oci-layout:.modelport/store/images/demo:" + "k" * 64,
    "entryScript": "score.py",
    "cpu": 1.5,
    "memoryGb": 2.0,
    "gpu": 1,
}


@dataclass
class Recorder(Mocks):
    """Record what is registered, and answer an `ImageBuild` as the provider does."""

    registered: list[MockResourceArgs] = field(default_factory=list)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Keep *args*; outputs of a build are made up."""
        self.registered.append(args)
        answer = OUTPUTS if args.typ == "modelport:index:ImageBuild" else {}
        return f"{args.name}-id", {**args.inputs, **answer}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """No function is called here."""
        raise AssertionError(args.token)

    def one(self, kind: str) -> MockResourceArgs:
        """Find the only resource of *kind*."""
        (found,) = [each for each in self.registered if each.typ == kind]
        return found


@pytest.fixture
def recorder() -> Recorder:
    mocks = Recorder()
    set_mocks(mocks, project="project", stack="test", preview=False, monitor=TidyMonitor(mocks))
    return mocks


def _declare(args: ScoringImageArgs) -> dict[str, Any]:
    """Declare an image and wait for all that it gives out."""
    found: dict[str, Any] = {}

    def program() -> pulumi.Output[None]:
        image = ScoringImage("demo", args)
        names = ScoringImage.__annotations__
        return pulumi.Output.all(**{name: getattr(image, name) for name in names}).apply(found.update)

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]  # the SDK's test decorator has no types
    return found


def test_an_image_is_one_build_with_the_engines_names(recorder: Recorder) -> None:
    """
    The provider gets camelCase inputs, the name, and nothing that was not given.
    """
    _declare({"store": "oci-layout:.modelport/store", "models": [MODEL], "entry_script": "score.py"})

    build = recorder.one("modelport:index:ImageBuild")
    assert build.name == "demo"
    expected = {
        "name": "demo",
        "store": "oci-layout:.modelport/store",
        "models": [MODEL],
        "entryScript": "score.py",
    }
    assert expected == build.inputs


def test_names_of_variables_are_left_alone(recorder: Recorder) -> None:
    """
    A variable that is named like an input keeps its name.
    """
    variables = {"entry_script": "1", "MY_MODE": "2"}

    _declare({"store": "s", "models": [MODEL], "environment_variables": variables})

    assert variables == recorder.one("modelport:index:ImageBuild").inputs["environmentVariables"]


def test_outputs_of_the_build_are_those_of_the_image(recorder: Recorder) -> None:
    """
    Whatever the provider says is given out under Python's names.
    """
    outputs = _declare({"store": "s", "models": [MODEL], "entry_script": "score.py"})

    expected = {
        "content_key": OUTPUTS["contentKey"],
        "environment_key": OUTPUTS["environmentKey"],
        "reference": OUTPUTS["reference"],
        "entry_script": "score.py",
        "models": [MODEL],
        "cpu": 1.5,
        "memory_gb": 2.0,
        "gpu": 1,
        **dict.fromkeys(("digest", "image_id", "size", "pull_reference", "path", "accelerator", "model_ids")),
    }
    assert expected == outputs


def test_the_component_shows_its_inputs_to_policies(recorder: Recorder) -> None:
    """
    A policy on images sees what they are made of.
    """
    _declare({"store": "s", "models": [MODEL], "entry_script": "score.py"})

    assert recorder.one("modelport:index:ScoringImage").inputs["entryScript"] == "score.py"


def test_other_languages_can_use_the_component() -> None:
    """
    The component host understands arguments and outputs.
    """
    analyzed = Analyzer("modelport").analyze_component(ScoringImage)

    assert {"store", "models", "entryScript", "environmentVariables"} <= set(analyzed.inputs)
    assert {"contentKey", "reference", "memoryGb"} <= set(analyzed.outputs)
