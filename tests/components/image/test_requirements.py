from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.errors import ModelportError
from modelport.image.requirement_lines import file_lines, listed_lines
from modelport.image.requirements import ReadRequirements, Requirements, read_requirements

HASH = "sha256:" + "a" * 64


def _read(root: Path, text: str) -> ReadRequirements:
    (root / "requirements.txt").write_text(text)
    return read_requirements(file_lines(root / "requirements.txt", "requirements.txt"), root)


def _packages(root: Path, text: str) -> tuple[str, ...]:
    read = _read(root, text)
    assert read.problems == []
    return read.requirements.packages


def test_a_file_becomes_a_sorted_normal_set(tmp_path: Path) -> None:
    """
    Names, extras, bounds, comments and markers are written in one way.
    """
    text = "Scikit_Learn >= 1.6 , <2  # why\n\n# all\nnumpy==2.0; python_version>'3.8'\nfoo[B,a]\\\n ==1\n"

    expected = ("foo[a,b]==1", 'numpy==2.0; python_version > "3.8"', "scikit-learn<2,>=1.6")
    assert expected == _packages(tmp_path, text)


@given(st.permutations(["numpy>=2", "NumPy >=2", "pandas", "scikit_learn[x]==1.6"]))
def test_order_case_and_blanks_make_no_difference(lines: list[str]) -> None:
    """
    Two lists that ask for the same are the same set.
    """
    root = Path("/project")
    expected = ("numpy>=2", "pandas", "scikit-learn[x]==1.6")

    assert expected == read_requirements(listed_lines(lines, root), root).requirements.packages


def test_azure_mls_server_is_replaced_by_the_runtime(tmp_path: Path) -> None:
    """
    Azure ML's serving packages are left out with a finding; `inference-schema` is an ordinary package and stays.
    """
    read = _read(tmp_path, "azureml-defaults>=1.0.45\ninference-schema[numpy-support]\nazureml_inference_server_http\n")

    assert read.requirements.packages == ("inference-schema[numpy-support]",)
    expected = [
        "requirements.txt:1: azureml-defaults is left out: the bundled runtime takes its place",
        "requirements.txt:3: azureml-inference-server-http is left out: the bundled runtime takes its place",
    ]
    assert expected == read.findings


def test_a_retired_sdk_is_kept_with_a_warning(tmp_path: Path) -> None:
    """
    `azureml-core` can be installed, so it is, but hardly any script needs it.
    """
    read = _read(tmp_path, "azureml-core==1.61.0\n")

    assert read.requirements.packages == ("azureml-core==1.61.0",)
    assert "AZUREML_MODEL_DIR" in read.findings[0]


def test_included_files_are_read_from_their_own_folder(tmp_path: Path) -> None:
    """
    `-r` counts from the file that says it, and errors name the included file.
    """
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.txt").write_text("pandas\n-r b.txt\n")
    (tmp_path / "more" / "b.txt").write_text("numpy\n===\n")

    read = _read(tmp_path, "-r more/a.txt\nscipy\n")

    assert read.requirements.packages == ("numpy", "pandas", "scipy")
    assert read.problems[0].startswith("more/b.txt:2: '===' is no requirement")


def test_files_that_include_each_other_end_in_a_problem(tmp_path: Path) -> None:
    """
    A circle of includes is named instead of followed.
    """
    (tmp_path / "a.txt").write_text("-r requirements.txt\n")

    assert _read(tmp_path, "-r a.txt\n").problems == ["requirements.txt: includes itself; remove one of the -r lines"]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """
    A file that cannot be read is named as the user wrote it.
    """
    read = read_requirements(file_lines(tmp_path / "requirement.txt", "requirement.txt"), tmp_path)

    assert read.problems == ["requirement.txt: cannot be read: No such file or directory"]


def test_a_file_of_other_encoding_is_a_problem(tmp_path: Path) -> None:
    """
    Bytes that are not UTF-8 are no requirement.
    """
    (tmp_path / "r.txt").write_bytes(b"numpy\xff\n")

    with pytest.raises(ModelportError, match=r"^r\.txt: byte 5 is not UTF-8"):
        list(file_lines(tmp_path / "r.txt", "r.txt"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("-e .", "editable"),
        ("git+https://example.com/a.git", "cannot be locked for every machine"),
        ("https://example.com/a-1.0-py3-none-any.whl", "cannot be locked for every machine"),
        ("a @ https://example.com/a-1.0-py3-none-any.whl", "a is required from a URL"),
        ("./wheels/a-1.0-py3-none-any.whl", "put it in a wheelhouse"),
        ("a-1.0-py3-none-any.whl", "put it in a wheelhouse"),
        ("../lib", "put it in a wheelhouse"),
        ("numpy=1", "is no requirement"),
        ("--pre", "pre-releases"),
        ("-c bounds.txt", "write the bound on the requirement itself"),
        ("--no-binary :all:", "only wheels"),
        ("--find-links nowhere", "'nowhere' is no folder"),
        ("--find-links https://example.com/wheels", "takes a folder, not a URL"),
        ("--index-url simple", "is no index URL"),
        ("--frobnicate", "option --frobnicate is not known"),
        ("numpy --hash=md5:00", "write sha256:"),
    ],
)
def test_what_cannot_be_locked_is_a_problem_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    """
    Each refused line is named by file and number, with the way out; the other lines are still read.
    """
    read = _read(tmp_path, f"numpy\n{line}\nscipy\n")

    assert len(read.problems) == 1
    assert read.problems[0].startswith("requirements.txt:2: ")
    assert reason in read.problems[0]
    assert read.requirements.packages == ("numpy", "scipy")


@pytest.mark.parametrize(
    "url", ["https://user:hunter2@example.com/simple", "https://hunter2@example.com/s", "https://${hunter2}@h/s"]
)
def test_credentials_in_an_index_url_are_refused_and_not_shown(tmp_path: Path, url: str) -> None:
    """
    The lock is committed, so no URL in it may hold a password, and no error may show one.
    """
    problem = _read(tmp_path, f"--index-url {url}\n").problems[0]

    assert "~/.netrc" in problem
    assert "hunter2" not in problem


def test_where_wheels_come_from_is_part_of_the_set(tmp_path: Path) -> None:
    """
    Indexes and folders of wheels are kept, folders relative to the project.
    """
    (tmp_path / "wheels").mkdir()
    text = "-i https://example.com/simple/\n--extra-index-url=https://example.org/s\n-f ./wheels\nnumpy\n"

    read = _read(tmp_path, text)

    expected = Requirements(("numpy",), "https://example.com/simple", ("https://example.org/s",), ("wheels",))
    assert expected == read.requirements
    lines = ("--extra-index-url https://example.org/s", "--find-links wheels", "--index-url https://example.com/simple")
    assert (*lines, "numpy") == expected.lines()


def test_hashes_of_a_requirement_are_kept(tmp_path: Path) -> None:
    """
    A file that allows certain bytes only goes on doing so.
    """
    assert (f"numpy==2.0 --hash={HASH}",) == _packages(tmp_path, f"numpy==2.0 \\\n    --hash={HASH}\n")
