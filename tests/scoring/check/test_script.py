from pathlib import Path

import pytest
from modelport_scoring.check.script import check_entry_name, check_script

GOOD = "def init(): pass\ndef run(data): return data\n"


def errors(source: str) -> list[str]:
    return [each.message for each in check_script(source.encode(), "score.py") if each.severity == "error"]


@pytest.mark.parametrize(
    "source",
    [
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
