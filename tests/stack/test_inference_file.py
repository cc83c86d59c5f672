"""Azure ML's own file, `inferenceconfig.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from stack.azure import AzureInference
from stack.errors import StackSettingsError
from stack.inference_args import inference_findings
from stack.placing import image_args
from stack.schema import inference_file_schema
from stack.settings import StackSettings, parse_settings

FILE = "modelport:services.digits.inference.file"
NULLS: dict[str, Any] = {
    "entryScript": "score.py",
    "sourceDirectory": "src",
    "environment": {
        "name": "my-env",
        "version": None,
        "environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"},
        "python": {
            "userManagedDependencies": False,
            "interpreterPath": "python",
            "condaDependenciesFile": None,
            "baseCondaEnvironment": None,
            "condaDependencies": {
                "name": "project_environment",
                "channels": ["conda-forge"],
                "dependencies": ["python=3.11", "pandas", {"pip": ["azureml-defaults"]}],
            },
        },
        "docker": {
            "enabled": True,
            "baseImage": "team/base:1",
            "baseDockerfile": None,
            "baseImageRegistry": {"address": "registry.example.com", "username": None, "password": None},
            "sharedVolumes": None,
            "shmSize": None,
            "arguments": None,
        },
        "spark": {"repositories": [], "packages": [], "precachePackages": True},
        "databricks": {"mavenLibraries": [], "pypiLibraries": [], "rcranLibraries": [], "jarLibraries": []},
        "inferencingStackVersion": None,
    },
}
"""A file as Azure ML's own tools write it: with everything, much of it nothing."""


def _parse(root: Path, document: object, **beside: object) -> StackSettings:
    text = document if isinstance(document, str) else json.dumps(document)
    (root / "config").mkdir(exist_ok=True)
    (root / "config" / "inferenceconfig.json").write_text(text)
    service = {
        "models": [{"name": "m", "path": "m.onnx"}],
        "target": {"kind": "local"},
        "inference": {"file": "config/inferenceconfig.json", **beside},
    }
    return parse_settings({"modelport:services": {"digits": service}}, root=root)


def _said(root: Path, document: object, **beside: object) -> list[str]:
    with pytest.raises(StackSettingsError) as caught:
        _parse(root, document, **beside)
    return [str(each).replace(f"{FILE}: config/inferenceconfig.json: ", "") for each in caught.value.problems]


def test_a_whole_file_becomes_arguments_of_the_image(tmp_path: Path) -> None:
    """
    What is null is not given; paths count from the file's folder; the registry's address goes before the image.
    """
    settings = _parse(tmp_path, NULLS)

    assert {
        "entry_script": "score.py",
        "source_directory": "config/src",
        "dependencies": ["azureml-defaults"],
        "conda_dependencies": ["python=3.11", "pandas"],
        "environment_variables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"},
        "base": "registry.example.com/team/base:1",
        "model_paths": ["m.onnx"],
    } == image_args(settings.services["digits"])


def test_the_form_of_2019_is_taken_with_notes(tmp_path: Path) -> None:
    """
    Runtime and conda file beside the script; CUDA of that time becomes the one that can be had.
    """
    document = {"entryScript": "score.py", "runtime": "python", "condaFile": "env.yml", "enableGpu": True,
                "cudaVersion": "9.1", "baseImage": "team/base:1", "description": "Scores."}  # fmt: skip
    service = _parse(tmp_path, document).services["digits"]

    assert {
        "entry_script": "config/score.py",
        "conda_file": "config/env.yml",
        "base": "team/base:1",
        "accelerator": "cuda12",
        "model_paths": ["m.onnx"],
    } == image_args(service)
    assert service.inference
    assert [
        "runtime: 'python' is deprecated and the only one: leave it out",
        "enable_gpu is deprecated: image.accelerator: cuda12 takes its place",
        "cuda_version: CUDA 9.1 can no longer be had: cuda12 takes its place",
        "base_image is deprecated: image.base takes its place",
    ] == list(inference_findings(service.inference, {}))


def test_with_a_source_directory_the_other_paths_count_from_it(tmp_path: Path) -> None:
    """
    As in Azure ML: script and conda file lie in the source directory.
    """
    document = {"entryScript": "score.py", "sourceDirectory": "../src", "condaFile": "env.yml"}
    args = image_args(_parse(tmp_path, document).services["digits"])

    assert ("src", "score.py", "env.yml") == (
        args["source_directory"], args["entry_script"], args["conda_file"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"entryscript": "s.py"}, "entryscript: unknown key; did you mean 'entryScript'?"),
        ({"entry_script": "s.py"}, "entry_script: unknown key; did you mean 'entryScript'?"),
        (
            {"environment": {"python": {"conda_dependencies": "x"}}},
            "environment.python.conda_dependencies: unknown key; did you mean 'condaDependencies'?",
        ),
        ({"requirements": "r.txt"}, "requirements: unknown key; "),
        ({"entryScript": 1}, "entryScript: found 1; must be text"),
        ({"environment": {"environmentVariables": {"A-B": "x"}}}, "environment.environmentVariables.A-B: must be a"),
        ({"environment": {"environmentVariables": {"A": ["hunter2"]}}}, "environment.environmentVariables.A: must"),
        ({"environment": {"name": "AzureML-x", "python": {}}}, "environment.name: found 'AzureML-x'; must not begin"),
        ({"runtime": "spark-py"}, "runtime: found 'spark-py'; Spark is not run in a scoring process"),
        ({"runtime": "pyhton"}, "runtime: found 'pyhton'; must be 'python'"),
        ({"cudaVersion": "11.8"}, "cudaVersion: found '11.8'; must be one of 9.0, 9.1, 10.0"),
        ({"environment": {"spark": {"packages": ["x"]}}}, "environment.spark: found a mapping; must be empty: Spark"),
        ({"environment": {"databricks": {"jar": ["x"]}}}, "environment.databricks: found a mapping; must be empty"),
        ({"extraDockerfileSteps": "steps"}, "extraDockerfileSteps: cannot be added to an image"),
        (
            {"environment": {"docker": {"baseImage": "a", "baseDockerfile": "b"}}},
            "environment.docker.baseDockerfile: stands beside base_image; keep one",
        ),
        (
            {"environment": {"docker": {"baseDockerfile": "FROM a\nRUN b"}}},
            "environment.docker.baseDockerfile: holds the text of a Dockerfile",
        ),
        (
            {"baseImage": "a", "baseImageRegistry": {"address": "example.com", "password": "hunter2"}},
            "baseImageRegistry.password: is refused: put it into modelport:registries",
        ),
        ({"baseImageRegistry": {"address": "example.com"}}, "baseImageRegistry: needs a base_image beside it"),
        (
            {"environment": {"python": {"baseCondaEnvironment": "e"}}},
            "environment.python.baseCondaEnvironment: needs user_managed_dependencies: true",
        ),
        (
            {"environment": {"python": {"condaDependenciesFile": "a", "condaDependencies": {}}}},
            "environment.python.condaDependencies: stands beside conda_dependencies_file",
        ),
        (
            {"environment": {"python": {"condaDependencies": {"dependencies": [{"npm": ["x"]}]}}}},
            "environment.python.condaDependencies.dependencies.0: found a mapping; must be a package such as",
        ),
        ("[1]", "must be a mapping"),
    ],
)
def test_a_mistake_is_said_at_its_place_in_the_file(tmp_path: Path, document: object, said: str) -> None:
    """
    Unknown keys with the one that was meant, values with their rule; nothing that may be secret is shown.
    """
    [text] = _said(tmp_path, document)

    assert text.startswith(said)
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"entryScript":\n "a",,}', "config/inferenceconfig.json:2: is not JSON; correct the line or one just above"),
        ('{"entryScript": "a", "entryScript": "b"}', "'entryScript' is given twice; keep one"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_what_is_no_json_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """
    A file that cannot be read stops the stack in one line.
    """
    [found] = _said(tmp_path, text)

    assert said in found


def test_a_file_that_is_missing_is_named_as_it_was_written() -> None:
    """
    No folder of this machine gets into a message.
    """
    service = {"models": [{"name": "m", "path": "m"}], "target": {"kind": "local"}, "inference": {"file": "none.json"}}
    with pytest.raises(StackSettingsError) as caught:
        parse_settings({"modelport:services": {"digits": service}})

    assert f"{FILE}: none.json: cannot be read: No such file or directory" == str(caught.value)


@pytest.mark.parametrize("key", ["runtime", "condaFile", "enableGpu", "cudaVersion", "baseImage", "baseImageRegistry"])
def test_an_environment_excludes_the_keys_of_2019(tmp_path: Path, key: str) -> None:
    """
    Both forms are taken, never mixed.
    """
    values = {"runtime": "python", "enableGpu": True, "cudaVersion": "9.0", "baseImageRegistry": {}}
    environment = {"python": {"condaDependencies": {"dependencies": ["numpy"]}}}

    [text] = _said(tmp_path, {"environment": environment, key: values.get(key, "x")})

    assert text.startswith(f"{key}: stands beside an environment; keep one, or ")


def test_what_stands_beside_the_file_completes_it(tmp_path: Path) -> None:
    """
    An environment may be named in the stack file, as Azure ML's command line does; a key that both have is refused.
    """
    settings = _parse(tmp_path, {"entryScript": "s.py"}, environment={"name": "sklearn"})

    assert "sklearn" == image_args(settings.services["digits"])["environment"]
    assert ["modelport:services.digits.inference.entry_script: stands in config/inferenceconfig.json as well; keep one"
            ] == _said(tmp_path, {"entryScript": "s.py"}, entry_script="t.py")  # fmt: skip


def test_rules_between_keys_hold_in_the_file_too(tmp_path: Path) -> None:
    """
    A source directory goes along with a script.
    """
    [text] = _said(tmp_path, {"sourceDirectory": "src"})

    assert text.startswith("modelport:services.digits.inference.entry_script: missing (a source_directory is given")


def test_the_schema_takes_what_the_loader_takes() -> None:
    """
    Keys are those of the file; each has a text for an editor to show.
    """
    schema = inference_file_schema()
    keys = {field.alias for field in AzureInference.model_fields.values()}

    assert keys | {"$schema"} == set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert all(field.get("description") for field in schema["properties"].values())
