"""The check of entry scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport_scoring.check import check_entry_name, check_script

INIT = "def init(): ...\n"
RUN = "def run(data): ...\n"


@pytest.mark.parametrize(
    "source",
    [
        INIT + RUN,
        "def init(path='x', *, deep=1): ...\n" + RUN,
        INIT + "def run(data, request_headers): ...\n",
        INIT + "def run(data, top=3, *, deep=False): ...\n",
        INIT + "from schema import check\n@check('data')\ndef run(a, b, *rest): ...\n",
        "from handlers import init, run\n",
        "import handlers\ninit, run = handlers.init, handlers.make()\n",
        "from handlers import *\n",
        "try:\n    from fast import run\nexcept ImportError:\n    def run(data): ...\n" + INIT,
        "import driver as driver_module\n" + INIT,
        INIT + "from wrapping import wrap\ndef run(*args): ...\nrun = wrap(run)\n",
        INIT + RUN + "try:\n    import sklearn.externals.six\nexcept ImportError:\n    pass\n",
    ],
)
def test_a_script_that_starts_has_no_findings(source: str) -> None:
    """
    What the server accepts, or what only running it could tell, is not reported.
    """
    assert [] == check_script(source.encode(), "score.py")


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (RUN, None, "score.py has no function init: an entry script defines init() at the top level"),
        (INIT, None, "score.py has no function run: an entry script defines run(data) at the top level"),
        (INIT + RUN + "del run\n", None, "score.py has no function run: an entry script defines run(data)"),
        (INIT + "class Model:\n    def run(self, data): ...\n", None, "score.py has no function run"),
        (INIT + "def f():\n    run = 1\n", None, "score.py has no function run"),
        ("def init(path): ...\n" + RUN, 1, "score.py:1: init() is called without arguments but requires path"),
        (INIT + "def run(): ...\n", 2, "score.py:2: run() needs to accept an argument for input data"),
        (INIT + "def run(request_headers): ...\n", 2, 'run() needs to accept an argument other than "request_headers"'),
        (INIT + "def run(*args): ...\n", 2, "run() cannot accept positional-only arguments, *args, or **kwargs"),
        (INIT + "def run(**kwargs): ...\n", 2, "run() cannot accept positional-only arguments, *args, or **kwargs"),
        (INIT + "def run(data, /): ...\n", 2, "run() cannot accept positional-only arguments, *args, or **kwargs"),
        (INIT + "def run(a, b, *, c): ...\n", 2, "run() is called with one argument, 'a'; give b, c a default"),
        (INIT + "if __name__ == '__main__':\n    run = print\n", None, "score.py has no function run"),
        (INIT + "def run(data): yield data\n", 2, "score.py:2: run() is a generator"),
        ("def init(): yield\n" + RUN, 1, "score.py:1: init() is a generator"),
        (INIT + RUN + "return 1\n", 3, "score.py:3 does not parse: 'return' outside function"),
        (INIT + "async def run(data): ...\n", 2, "run() is a coroutine"),
        (INIT + "def run(data:\n", 2, "score.py:2 does not parse"),
        (INIT + RUN + "import sklearn.externals.six\n", 3, "score.py:3: import of sklearn.externals.six: "),
    ],
)
def test_what_keeps_a_script_from_starting_is_an_error(source: str, line: int | None, message: str) -> None:
    """
    Each is reported with its line and what to write instead.
    """
    findings = check_script(source.encode(), "score.py")

    assert [(line, "error")] == [(finding.line, finding.severity) for finding in findings]
    assert message in findings[0].message


@pytest.mark.parametrize(
    "statement",
    [
        "from sklearn.externals import joblib",
        "import sklearn.externals.joblib as joblib",
        "from sklearn.externals.joblib import load",
        "from azureml.core.model import Model",
    ],
)
def test_an_old_import_that_may_work_is_a_warning(statement: str) -> None:
    """
    An import that the runtime or a requirement can satisfy names its line and its mend, also inside a function.
    """
    findings = check_script(f"{RUN}def init():\n    {statement}\n".encode(), "score.py")

    assert [(3, "warning")] == [(finding.line, finding.severity) for finding in findings]


def test_imports_that_the_runtime_satisfies_are_fine() -> None:
    """
    Names of Azure ML's server that mean something here are nothing to warn of.
    """
    source = f"from azureml.contrib.services.aml_request import rawhttp\n{RUN}def init(): pass\n"

    assert [] == check_script(source.encode(), "score.py")


@pytest.mark.parametrize("depth", [5_000, 100_000])
def test_nesting_without_end_is_a_finding(depth: int) -> None:
    """
    A script that exhausts the parser is reported like one that does not parse.
    """
    (finding,) = check_script(b"-" * depth + b"1", "score.py")

    assert finding.message.startswith("score.py does not parse")


def test_what_python_runs_is_no_error_for_its_depth() -> None:
    """
    A script that compiles, but is nested too deep to be walked, is left to the server with a warning.
    """
    findings = check_script(b"x = a" + b".b" * 2_000, "score.py")

    assert ["warning"] == [finding.severity for finding in findings]


def test_the_text_of_a_broken_line_is_shown() -> None:
    """
    A script that does not parse is quoted at the line.
    """
    findings = check_script(b"def init(:\n", "score.py")

    assert ["score.py:1 does not parse: invalid syntax: 'def init(:'"] == [finding.message for finding in findings]


@given(st.binary(max_size=200))
def test_any_bytes_are_checked(source: bytes) -> None:
    """
    Whatever is in the file, the check ends with findings or without, in one line each.
    """
    findings = check_script(source, "score.py")

    assert not any("\n" in finding.message for finding in findings)


@pytest.mark.parametrize("name", ["score.py", "src/my_score2.py", "_x.py"])
def test_an_importable_name_is_allowed(name: str) -> None:
    """
    An identifier with the suffix .py is an entry script's name.
    """
    assert [] == check_entry_name(name)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("my-score.py", "my_score.py"),
        ("2score.py", "_2score.py"),
        ("score.txt", "score.py"),
        ("score", "score.py"),
        ("class.py", "_class.py"),
        ("a b.py", "a_b.py"),
    ],
)
def test_another_name_is_refused_with_one_that_would_do(name: str, suggestion: str) -> None:
    """
    The message suggests the closest name that is allowed.
    """
    (finding,) = check_entry_name(name)

    assert finding.message.endswith(f"try '{suggestion}'")
    assert [] == check_entry_name(suggestion)


@given(st.text(min_size=1, max_size=20))
def test_every_suggestion_is_allowed(name: str) -> None:
    """
    Whatever the name, the suggested one passes.
    """
    for finding in check_entry_name(name):
        suggestion = finding.message.rpartition("try '")[2].removesuffix("'")

        assert [] == check_entry_name(suggestion)
