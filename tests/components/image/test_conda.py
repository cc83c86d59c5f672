from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.image.conda import CondaEnvironment, read_conda_file, read_conda_list
from modelport.image.conda_names import BROUGHT_ALONG, NOT_TO_BE_HAD, SAME_ELSEWHERE
from packaging.utils import canonicalize_name

SAMPLE = """\
name: project_environment
channels:
  - conda-forge
dependencies:
  - python=3.11        # any 3.11
  - scikit-learn=1.6
  - pip
  - pip:
    - azureml-defaults>=1.0.45
    - inference-schema[numpy-support]
variables:
  OMP_NUM_THREADS: 1
"""


def _read(root: Path, text: str) -> CondaEnvironment:
    (root / "conda.yml").write_text(text)
    return read_conda_file(root / "conda.yml", "conda.yml")


def test_azure_mls_sample_is_read_as_requirements(tmp_path: Path) -> None:
    """
    Packages, pip's own list, Python and variables, each with its line.
    """
    read = _read(tmp_path, SAMPLE)

    assert [(each.text, each.where) for each in read.lines] == [
        ("scikit-learn==1.6.*", "conda.yml:6"),
        ("azureml-defaults>=1.0.45", "conda.yml:9"),
        ("inference-schema[numpy-support]", "conda.yml:10"),
    ]
    assert [(each.text, each.where) for each in read.pythons] == [("python=3.11", "conda.yml:5")]
    assert read.variables == {"OMP_NUM_THREADS": "1"}
    assert (read.problems, read.unavailable, read.findings) == ([], [], [])


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("pytorch=2", "torch==2.*"),
        ("py-xgboost", "xgboost"),
        ("opencv", "opencv-python-headless"),
        ("PyYAML", "pyyaml"),
    ],
)
def test_names_are_those_of_the_package_index(conda: str, pip: str) -> None:
    """
    The same software has another name there.
    """
    assert [pip] == [each.text for each in read_conda_list([conda], Path()).lines]


def test_what_wheels_bring_along_is_left_out_with_a_finding() -> None:
    """
    The list that `conda env export` writes can be taken as it is.
    """
    read = read_conda_list(["libgcc-ng=11.2.0=h1d223b6_11", "_libgcc_mutex=0.1=main", "jpeg=9d", "numpy"], Path())

    assert [each.text for each in read.lines] == ["numpy"]
    assert read.problems == []
    assert read.findings[0] == (
        "condaDependencies[0]: libgcc-ng is left out: wheels and the base image bring their own"
    )
    assert len(read.findings) == 3


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        ("cudatoolkit=10.1", "image.accelerator: cuda12"),
        ("tensorflow-gpu=1.13", "ask for tensorflow[and-cuda]"),
        ("mkl", "remove it"),
        ("r-base=4", "R is not run"),
        ("r-ggplot2", "R is not run"),
        ("ffmpeg", "image.base"),
    ],
)
def test_what_no_wheel_gives_is_told_with_the_nearest(text: str, way_out: str) -> None:
    """
    The item is named as it is written, and so is what to do.
    """
    read = read_conda_list(["numpy", text], Path())

    assert len(read.unavailable) == 1
    assert read.unavailable[0].startswith(f"condaDependencies[1]: {text!r} cannot be had: ")
    assert way_out in read.unavailable[0]


def test_a_build_string_is_left_out_with_a_finding() -> None:
    """
    No wheel has a build of conda's.
    """
    read = read_conda_list(["numpy=1.26.4=py311_0"], Path())

    assert [each.text for each in read.lines] == ["numpy==1.26.4"]
    assert read.findings == ["condaDependencies[0]: build 'py311_0' of numpy is left out: wheels have none"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dependencies: [numpy]\nchanels: [x]\n", "conda.yml:2: unknown key 'chanels'; did you mean 'channels'?"),
        ("name: x\n", "conda.yml: 'dependencies' is missing: list the packages under it"),
        ("dependencies:\n- npm: [x]\n", "conda.yml:2: must be a package such as 'numpy=1.26', or {pip: [...]}"),
        ("dependencies:\n- pip: x\n", "conda.yml:2: must be a list of what pip installs"),
        ("dependencies:\n- [x]\n", "conda.yml:2: must be a package such as 'numpy=1.26', or {pip: [...]}"),
        ("dependencies: numpy\n", "conda.yml:1: must be a list of packages"),
        ("- numpy\n", "conda.yml:1: must be a mapping with the key 'dependencies'"),
        ("dependencies: [\n", "conda.yml:2: is not YAML; correct the line or one just above it"),
        ("dependencies: []\nname: a\nname: b\n", "conda.yml:3: 'name' is given twice; keep one"),
        ("dependencies: &a [*a]\n", "conda.yml:1: holds itself; write it out"),
        ("dependencies: []\nvariables: {A: [b]}\n", "conda.yml:2: must be text"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, problem: str) -> None:
    """
    File, line, and what should stand there.
    """
    assert [problem] == _read(tmp_path, text).problems


def test_all_wrong_lines_are_told_and_the_others_read(tmp_path: Path) -> None:
    """
    One wrong line hides no other, within pip's list either.
    """
    read = _read(tmp_path, "dependencies:\n- numpy=9d\n- pandas\n- pip:\n  - ''\n  - -r none.txt\n  - scipy\n")

    assert [each.text for each in read.lines] == ["pandas", "scipy"]
    assert [each.partition(": ")[0] for each in read.problems] == ["conda.yml:2", "conda.yml:5", "none.txt"]


def test_pips_list_may_include_a_file_beside_the_conda_file(tmp_path: Path) -> None:
    """
    `-r` counts from the conda file, and errors name the included file.
    """
    (tmp_path / "more.txt").write_text("scipy\n")

    read = _read(tmp_path, "dependencies:\n- pip:\n  - -r more.txt\n")

    assert [(each.text, each.where) for each in read.lines] == [("scipy", "more.txt:1")]


def test_other_channels_are_told_without_their_urls(tmp_path: Path) -> None:
    """
    No channel is asked; one that is a URL may hold a token.
    """
    read = _read(tmp_path, "channels: [defaults, nvidia, 'https://example.com/t/hunter2/x']\ndependencies: [numpy]\n")

    assert read.findings[0].startswith("conda.yml:1: channels are not asked (nvidia, a URL): ")
    assert "hunter2" not in read.findings[0]


def test_an_anchor_used_often_costs_no_more_than_once(tmp_path: Path) -> None:
    """
    A few lines cannot make the reader write out billions.
    """
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30))

    assert len(_read(tmp_path, f"x0: &x0 [a]\n{levels}dependencies: []\n").problems) == 30


def test_no_name_has_two_meanings() -> None:
    """
    The tables name each package once, normalised.
    """
    names = [*SAME_ELSEWHERE, *BROUGHT_ALONG, *NOT_TO_BE_HAD]

    assert len(names) == len(set(names))
    assert names == [canonicalize_name(each) for each in names]


@given(st.text(max_size=60))
def test_whatever_stands_there_is_read_or_told(text: str) -> None:
    """
    No item makes reading fail in another way than with one line.
    """
    read = read_conda_list([text], Path())

    assert len([*read.lines, *read.problems, *read.unavailable, *read.findings, *read.pythons]) >= (
        text.strip() != "pip"
    )
    assert all(each.startswith("condaDependencies[0]: ") for each in read.problems)
