<<<<<<< HEAD
from pathlib import Path

import pytest
from modelport_scoring.check.script import check_entry_name, check_script

GOOD = "def init(): pass\ndef run(data): return data\n"


def errors(source: str) -> list[str]:
    return [each.message for each in check_script(source.encode(), "score.py") if each.severity == "error"]
=======
"""The check of entry scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport_scoring.check import check_entry_name, check_script

INIT = "def init(): ...\n"
RUN = "def run(data): ...\n"
>>>>>>> runtime


@pytest.mark.parametrize(
    "source",
    [
<<<<<<< HEAD
        GOOD,
        "from helpers import init, run",
        "from helpers import *",
        "import helpers\ninit = run = helpers.make()",
        "def init(*args, **kwargs): pass\ndef run(data, request_headers, limit=3): pass",
        "def init(): pass\ndef run(request_headers, data): pass",
        "def init(): pass\n@wrapped\ndef run(*args): pass\nfrom x import wrapped",
        "try:\n    from fast import run\nexcept ImportError:\n    def run(): pass\ndef init(): pass",
        "def init():\n    global run\n    run = print",
        "import helpers as driver_module\ndef init(): pass",
        "def init(a): pass\ndef run(): pass\n" + GOOD,
        "def init(): pass\ndef run(data): return (lambda: (yield))",
    ],
)
def test_a_script_that_may_work_has_no_error(source: str) -> None:
    """
    Where the text does not tell what `init` and `run` are, nothing is claimed; where they will do, nothing is found.
    """
    assert [] == errors(source)


@pytest.mark.parametrize(
    ("source", "line", "beginning"),
    [
        ("def run(data): pass", None, "no init() is defined"),
        ("def init(): pass", None, "no run() is defined"),
        ("def init(): pass\nif __name__ == '__main__':\n    def run(data): pass", None, "no run() is defined"),
        ("def init(path): pass\ndef run(data): pass", 1, "init() is called without arguments, but requires path"),
        ("def init(*, path): pass\ndef run(data): pass", 1, "init() is called without arguments, but requires path"),
        ("async def init(): pass\ndef run(data): pass", 1, "init() is async"),
        ("def init(): yield\ndef run(data): pass", 1, "init() is a generator"),
        ("def init(): pass\ndef run(): pass", 2, "run() needs to accept an argument for input data"),
        ("def init(): pass\ndef run(request_headers): pass", 2, "run() needs to accept an argument other than"),
        ("def init(): pass\ndef run(*args): pass", 2, "run() cannot accept positional-only arguments"),
        ("def init(): pass\ndef run(data, **rest): pass", 2, "run() cannot accept positional-only arguments"),
        ("def init(): pass\ndef run(data, /): pass", 2, "run() cannot accept positional-only arguments"),
        ("def init(): pass\ndef run(data, limit): pass", 2, "run() is called with the request body as 'data', but"),
        ("def init(): pass\nasync def run(data): pass", 2, "run() is async"),
        ("def init(): pass\ndef run(data):\n    return data[", 3, "does not parse: '[' was never closed: return data["),
        ("return 1", 1, "does not parse: 'return' outside function"),
        ("a = '\0'", None, "does not parse"),
        ("# coding: nonsense\n", None, "does not parse: unknown encoding: nonsense"),
    ],
)
def test_what_cannot_serve_is_an_error_with_its_line(source: str, line: int | None, beginning: str) -> None:
    """
    Each mistake that keeps a script from being served is found without running it.
    """
    first = check_script(source.encode(), "score.py")[0]

    assert (line, "error", beginning) == (first.line, first.severity, first.message[: len(beginning)])


def test_a_script_is_never_executed() -> None:
    """
    The check reads; it does not run.
    """
    assert [] == errors("raise SystemExit(1)\n" + GOOD)


@pytest.mark.parametrize("depth", [5_000, 100_000])
def test_nesting_without_end_is_a_finding(depth: int) -> None:
    """
    A script that exhausts the parser is reported like one that does not parse.
    """
    finding = check_script(b"-" * depth + b"1", "score.py")[0]

    assert "does not parse" == finding.message.partition(":")[0]


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        ("score.py", True),
        ("folder-x/score_2.py", True),
        ("my-score.py", False),
        ("2score.py", False),
        ("class.py", False),
        ("score", False),
        ("score.PY", False),
        (".py", False),
        ("score.v2.py", False),
    ],
)
def test_an_entry_script_is_named_like_a_module(name: str, *, is_good: bool) -> None:
    """
    The file must be importable by its own name.
    """
    assert is_good == (check_entry_name(name) == [])


def test_the_example_is_clean() -> None:
    """
    The shipped entry script has no finding.
    """
    assert [] == check_script(Path("examples/diabetes/score.py").read_bytes(), "score.py")
=======
        INIT + RUN,
        "def init(path='x', *, deep=1): ...\n" + RUN,
        INIT + "def run(data, request_headers): ...\n",
        INIT + "def run(data, top=3, *, deep=False): ...\n",
        INIT + "@input_schema('data', sample)\ndef run(a, b, *rest): ...\n",
        "from handlers import init, run\n",
        "import handlers\ninit, run = handlers.init, handlers.make()\n",
        "from handlers import *\n",
        "try:\n    from fast import run\nexcept ImportError:\n    def run(data): ...\n" + INIT,
        "import driver as driver_module\n" + INIT,
        INIT + "def run(*args): ...\nrun = wrap(run)\n",
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
        "from azureml.contrib.services.aml_request import rawhttp",
        "from azureml.core.model import Model",
    ],
)
def test_an_old_import_that_may_work_is_a_warning(statement: str) -> None:
    """
    An import that the runtime or a requirement can satisfy names its line and its mend, also inside a function.
    """
    findings = check_script(f"{RUN}def init():\n    {statement}\n".encode(), "score.py")

    assert [(3, "warning")] == [(finding.line, finding.severity) for finding in findings]


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
>>>>>>> runtime
