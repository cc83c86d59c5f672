"""Tests of `modelport.registry.component`."""

from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from modelport.errors import InputError
from modelport.registry.component import ModelRegistry, RegisteredModel

if TYPE_CHECKING:
    from tests.components.conftest import Deploy, Recorder

_DIGEST = f"sha256:{'ab' * 32}"
_REGISTRY = "modelport:index:ModelRegistry"
_MODEL = "modelport:index:RegisteredModel"
_VERSION = "modelport:index:ModelVersion"


def test_a_registry_without_arguments_is_the_embedded_store(recorder: "Recorder", deploy: "Deploy") -> None:
    """
    `store` is the layout under `.modelport`.
    """
    deploy(lambda: ModelRegistry("models"))

    assert {"store": "oci-layout:.modelport/store", "pull_host": ""} == recorder.outputs(_REGISTRY)


def test_a_registry_keeps_its_models_where_it_is_told(recorder: "Recorder", deploy: "Deploy") -> None:
    """
    `path` becomes a layout store.
    """
    deploy(lambda: ModelRegistry("models", {"path": "shared/models"}))

    assert {"store": "oci-layout:shared/models", "pull_host": ""} == recorder.outputs(_REGISTRY)


@pytest.mark.parametrize(
    ("given", "host"),
    [({}, "registry.example.com:5000"), ({"pull_host": "mirror.example.com"}, "mirror.example.com")],
)
def test_a_registry_that_exists_is_passed_through(
    recorder: "Recorder", deploy: "Deploy", given: dict[str, str], host: str
) -> None:
    """
    `store` is the given one; clusters pull from its host unless another is named.
    """
    args: Any = {"store": "oci://registry.example.com:5000/team", **given}
    deploy(lambda: ModelRegistry("models", args))

    assert {"store": args["store"], "pull_host": host} == recorder.outputs(_REGISTRY)


def test_a_registry_is_a_folder_or_not(deploy: "Deploy") -> None:
    """
    `path` and `store` exclude each other.
    """
    with pytest.raises(InputError, match="store: stands beside a path"):
        deploy(lambda: ModelRegistry("models", {"path": "models", "store": "oci://registry.example.com/team"}))


def test_a_model_is_one_version_below_the_component(recorder: "Recorder", deploy: "Deploy") -> None:
    """
    The child carries the component's name, the inputs in camelCase, nothing that was not given, and its parent.
    """
    deploy(
        lambda: RegisteredModel(
            "diabetes",
            {
                "path": "model",
                "tags": {"team": "risk"},
                "framework": "ScikitLearn",
                "framework_version": "1.9",
                "resources": {"cpu": 0.5, "memory_gb": 1.5},
                "sample_input": "in.json",
            },
        )
    )

    assert recorder.inputs(_VERSION) == {
        "name": "diabetes",
        "store": "oci-layout:.modelport/store",
        "path": "model",
        "tags": {"team": "risk"},
        "framework": "ScikitLearn",
        "frameworkVersion": "1.9",
        "resources": {"cpu": 0.5, "memoryGb": 1.5},
        "sampleInput": "in.json",
    }
    assert recorder.one(_VERSION).parent.endswith(f"{_MODEL}::diabetes")


def test_a_model_can_have_another_name_than_its_component(recorder: "Recorder", deploy: "Deploy") -> None:
    """
    `name` wins over the component's name.
    """
    deploy(lambda: RegisteredModel("blue", {"path": "model", "name": "diabetes"}))

    assert "diabetes" == recorder.inputs(_VERSION)["name"]
    assert "blue" == recorder.one(_VERSION).name


def test_what_the_provider_computes_comes_out(recorder: "Recorder", deploy: "Deploy") -> None:
    """
    All five outputs are the version's, under Python names, and are registered.
    """
    answer: dict[str, Any] = {
        "version": 3,
        "digest": _DIGEST,
        "modelId": "diabetes:3",
        "reference": f"oci-layout:.modelport/store/models/diabetes@{_DIGEST}",
        "framework": "ScikitLearn",
    }
    recorder.answers.outputs[_VERSION] = answer
    seen: list[Any] = []

    def program() -> None:
        model = RegisteredModel("diabetes", {"path": "model"})
        outputs = (model.version, model.digest, model.model_id, model.reference, model.framework)
        pulumi.Output.all(*outputs).apply(seen.extend)

    deploy(program)

    assert list(answer.values()) == seen
    assert {key if key != "modelId" else "model_id": value for key, value in answer.items()} == recorder.outputs(_MODEL)
