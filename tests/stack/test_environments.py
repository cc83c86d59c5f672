"""Environments by name: curated ones, and those that services share."""

from collections.abc import Callable
from typing import Any

import pytest

from stack.errors import StackSettingsError
from stack.inference_args import inference_findings
from stack.placing import image_args
from stack.settings import StackSettings, parse_settings

Parse = Callable[[str], StackSettings]


def _settings(environment: object, declared: object = None) -> StackSettings:
    service = {
        "models": [{"name": "m", "path": "m"}],
        "target": {"kind": "local"},
        "inference": {"entry_script": "s.py", "environment": environment},
    }
    values: dict[str, object] = {"modelport:services": {"digits": service}}
    return parse_settings(values if declared is None else {**values, "modelport:environments": declared})


def _args(environment: object, declared: object = None) -> dict[str, Any]:
    settings = _settings(environment, declared)
    args = image_args(settings.services["digits"], settings.environments)
    return {key: value for key, value in args.items() if key not in {"entry_script", "model_paths"}}


def _said(environment: object, declared: object = None) -> str:
    with pytest.raises(StackSettingsError) as caught:
        _settings(environment, declared)
    return str(caught.value).replace("modelport:services.digits.inference.environment.", "")


@pytest.mark.parametrize(("name", "meant"), [("sklearn", "sklearn"), ("onnx", "onnx"), ("torch-cpu", "pytorch-cpu")])
def test_a_name_alone_is_a_curated_environment(name: str, meant: str) -> None:
    """
    Variables and indexes may stand beside it.
    """
    assert {"environment": meant} == _args({"name": name})
    assert {"environment": meant, "environment_variables": {"A": "b"}} == _args(
        {"name": name, "environment_variables": {"A": "b"}}
    )


def test_a_name_with_packages_is_only_a_name() -> None:
    """
    As Azure ML writes environments: in full, with a name.
    """
    assert {"dependencies": ["scipy"]} == _args({"name": "sklearn", "dependencies": ["scipy"]})


def test_services_share_a_declared_environment() -> None:
    """
    What the service says itself goes before it.
    """
    declared = {"risk": {"requirements": "r.txt", "environment_variables": {"A": "1", "B": "1"}}}

    assert {"requirements": "r.txt", "environment_variables": {"A": "2", "B": "1"}} == _args(
        {"name": "risk", "environment_variables": {"A": "2"}}, declared
    )


def test_a_declared_environment_goes_before_a_curated_one() -> None:
    """
    The stack file is the user's.
    """
    assert {"dependencies": ["scipy"]} == _args({"name": "sklearn"}, {"sklearn": {"dependencies": ["scipy"]}})


@pytest.mark.parametrize(
    ("environment", "declared", "said"),
    [
        ({"name": "skleern"}, None, "name: there is no environment 'skleern': did you mean 'sklearn'?"),
        ({"name": "rsk"}, {"risk": {}}, "name: found 'rsk'; did you mean 'risk' of modelport:environments?"),
        ({"name": "triton"}, None, "name: environment 'triton' is not curated: the Triton server is an image of its"),
        ({"name": "sklearn", "version": "2"}, None, "version: found '2'; curated environments have no versions"),
        (
            {"name": "risk", "version": 2},
            {"risk": {"version": "1"}},
            "version: found 2; modelport:environments.risk has version 1: correct one",
        ),
        ({"name": "risk", "dependencies": ["a"]}, {"risk": {}}, "name: found 'risk', which is declared in"),
        (
            {"name": "sklearn"},
            {"risk": {"name": "x"}},
            "modelport:environments.risk.name: is not needed: 'risk', the key, names it",
        ),
        (
            {"name": "sklearn"},
            {"risk": {"environment_variables": {"A-B": "c"}}},
            "modelport:environments.risk.environment_variables.A-B: must be a variable name",
        ),
        (
            {"python": {"user_managed_dependencies": True, "conda_dependencies_file": "c.yml"}},
            None,
            "python.conda_dependencies_file: stands beside user_managed_dependencies",
        ),
        (
            {"python": {"user_managed_dependencies": True}, "dependencies": ["a"]},
            None,
            "dependencies: stands beside python.user_managed_dependencies",
        ),
        (
            {"python": {"user_managed_dependencies": True, "base_conda_environment": "e"}},
            None,
            "python.interpreter_path: missing (the path of that environment's Python",
        ),
        ({"python_version": "3.10", "dependencies": ["a"]}, None, "python_version: found '3.10'; must be one of 3.11"),
        ({"python_version": 3.12, "dependencies": ["a"]}, None, "python_version: found 3.12; must be text: quote it"),
    ],
)
def test_a_mistake_is_said_at_its_place(environment: object, declared: object, said: str) -> None:
    """
    Names that mean nothing, labels that differ, and forms that exclude each other.
    """
    assert _said(environment, declared).startswith(said)


def test_the_images_own_python_is_an_argument() -> None:
    """
    Its dependencies are its own; without a path it is the one on the image's PATH.
    """
    own = {"user_managed_dependencies": True}

    assert {"interpreter_path": "python", "base": "team/base:1"} == _args(
        {"python": own, "docker": {"base_image": "team/base:1"}}
    )
    assert {"interpreter_path": "/opt/py"} == _args({"python": {**own, "interpreter_path": "/opt/py"}})


def test_an_image_has_one_base(parse: Parse) -> None:
    """
    It is said in one place.
    """
    text = """
config:
  modelport:services:
    digits:
      models: [{name: m, path: m}]
      inference: {environment: {docker: {base_image: a}, dependencies: [b]}}
      image: {base: c}
      target: {kind: local}
"""
    with pytest.raises(StackSettingsError, match=r"docker\.base_image: stands beside image\.base; keep one"):
        parse(text)


def test_what_is_said_in_vain_is_told() -> None:
    """
    Nothing that a user wrote is dropped without a word.
    """
    environment = {
        "inferencing_stack_version": "latest",
        "docker": {"shm_size": "2g", "arguments": ["--ipc=host"]},
        "python": {"interpreter_path": "/opt/py", "conda_dependencies": {"channels": ["x"], "dependencies": ["numpy"]}},
    }
    settings = _settings({"name": "risk"}, {"risk": environment})
    inference = settings.services["digits"].inference

    assert inference
    assert [
        "environment.inferencing_stack_version", "environment.docker.shm_size", "environment.docker.arguments",
        "environment.python.interpreter_path", "environment.python.conda_dependencies.channels",
    ] == [text.split()[0] for text in inference_findings(inference, settings.environments)]  # fmt: skip
