from collections.abc import Callable
from pathlib import Path

import pytest
from modelport.image.on_this_machine import other_machine_problems
from modelport.image.platforms import Platform
from modelport.image.request import ONNX, ImageModel, ImageRequest
from modelport.image.wanted import wanted_requirements
from modelport.image.wanted_sources import read_sources, settled

MakeRequest = Callable[..., ImageRequest]
LINUX = Platform("linux", "amd64", "3.11")


def _conda(project: Path, text: str) -> None:
    (project / "conda.yml").write_text(text)


def test_packages_of_all_sources_are_one_set(project: Path, request_for: MakeRequest) -> None:
    """
    A conda file, a requirement file, lists and a curated environment add up; each package knows who asks for it.
    """
    _conda(project, "dependencies: [pandas=2, {pip: [azureml-defaults]}]\n")
    (project / "requirements.txt").write_text("scipy\n")
    request = request_for(
        conda_file="conda.yml",
        requirements="requirements.txt",
        dependencies=("polars",),
        conda_dependencies=("pytorch",),
        environment="onnx",
    )

    sources = read_sources(request)

    assert sources.problems == []
    assert sources.places == {
        "pandas==2.*": ("condaFile", "conda.yml:1"),
        "torch": ("condaDependencies", "condaDependencies[0]"),
        "scipy": ("requirements", "requirements.txt:1"),
        "polars": ("dependencies", "dependencies[0]"),
        "numpy>=2": ("environment", "environment onnx"),
        "onnxruntime<2,>=1.20": ("environment", "environment onnx"),
    }
    assert sources.findings == ["conda.yml:1: azureml-defaults is left out: the bundled runtime takes its place"]


def test_a_request_gets_python_and_variables_of_its_conda_file(project: Path, request_for: MakeRequest) -> None:
    """
    What is given beside the file goes before it.
    """
    _conda(project, "dependencies: [python=3.13]\nvariables: {A: file, B: file}\n")

    request = settled(
        request_for(platform=LINUX, conda_file="conda.yml", environment_variables={"A": "given", "C": "given"})
    )

    assert str(request.platform) == "linux/amd64 cp313"
    assert request.environment_variables == {"A": "given", "B": "file", "C": "given"}
    assert request == settled(request)


def test_a_conda_file_is_found_in_the_source_directory(project: Path, request_for: MakeRequest) -> None:
    """
    As in Azure ML; a path from the project is understood, too.
    """
    (project / "src").mkdir()
    (project / "src" / "conda.yml").write_text("dependencies: [pandas]\n")

    for path in ("conda.yml", "src/conda.yml"):
        sources = read_sources(request_for(source_directory="src", conda_file=path))
        assert ["pandas"] == list(sources.places)


def test_a_curated_environment_says_what_to_know_of_it(request_for: MakeRequest) -> None:
    """
    The usual wheel of torch is large, unless an index of others is given.
    """
    plain = read_sources(request_for(environment="torch-cpu"))
    other = read_sources(request_for(environment="torch-cpu", extra_index_urls=("https://example.com/cpu",)))

    assert "environment torch-cpu: torch of the usual package index brings CUDA along" in plain.findings[0]
    assert other.findings == []


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"conda_file": "cond.yml"}, "condaFile", "cond.yml: cannot be read"),
        ({"conda_dependencies": ("mkl",)}, "condaDependencies", "condaDependencies[0]: 'mkl' cannot be had"),
        ({"conda_dependencies": ("python=3.6",)}, "condaDependencies", "condaDependencies[0]: Python 3.6 cannot"),
        ({"environment": "skleern"}, "environment", "did you mean 'sklearn'?"),
        ({"python_version": "3.9"}, "pythonVersion", "Python 3.9 cannot be had"),
        ({"python_version": "x"}, "pythonVersion", "'x' is no version"),
        ({"interpreter_path": "bin/python"}, "interpreterPath", "no absolute path in the image"),
        ({"interpreter_path": "python", "dependencies": ("scipy",)}, "interpreterPath", "('scipy' is one)"),
    ],
)
def test_a_wrong_source_is_named(request_for: MakeRequest, changes: dict[str, object], path: str, reason: str) -> None:
    """
    Each error has the path of its input, the value, and the way out.
    """
    _, _, problems = wanted_requirements(request_for(**changes))

    assert [path] == [each.property_path for each in problems]
    assert reason in problems[0].reason


def test_an_interpreter_of_its_own_keeps_its_packages(request_for: MakeRequest) -> None:
    """
    Only what the runtime itself needs is added, whatever the models are.
    """
    onnx = ImageModel("m", "sha256:" + "a" * 64, framework=ONNX)
    plain, _, _ = wanted_requirements(request_for(entry_script="score.py"))

    own, _, problems = wanted_requirements(
        request_for(entry_script=None, models=(onnx,), interpreter_path="/opt/conda/bin/python")
    )

    assert problems == []
    assert plain.requirements == own.requirements


def test_a_process_here_has_this_machines_python_only(
    request_for: MakeRequest, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Another Python is refused with both named; a choice that this machine's is in is none.
    """
    monkeypatch.setattr("modelport.image.on_this_machine.host_platform", lambda: LINUX)

    [problem] = other_machine_problems(settled(request_for(platform=LINUX, python_version="3.12")))

    assert problem.property_path == "pythonVersion"
    assert problem.reason == (
        "Python 3.12 is asked for, but a process on this machine runs on its Python 3.11: ask for 3.11, or build an "
        "image (image.builder: oci)"
    )
    assert other_machine_problems(settled(request_for(platform=LINUX, conda_dependencies=("python>=3.8",)))) == []


def test_a_process_here_has_no_interpreter_of_a_base_image(request_for: MakeRequest) -> None:
    """
    There is no base image to find it in.
    """
    [problem] = other_machine_problems(request_for(interpreter_path="/opt/conda/bin/python"))

    assert problem.property_path == "interpreterPath"
