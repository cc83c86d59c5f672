import pytest
from modelport_scoring.check.script import check_script

GOOD = "def init(): pass\ndef run(data): return data\n"


@pytest.mark.parametrize(
    ("source", "severity", "text"),
    [
        ("def load(): return os.environ", "error", "score.py:3: 'os' is used but not imported: add `import os`"),
        (
            "def load(): return np.array([])",
            "error",
            "score.py:3: 'np' is used but not imported: add `import numpy as np`",
        ),
        ("def load(): return moddel", "warning", "score.py:3: 'moddel' is used but nothing in the script defines it"),
    ],
)
def test_a_name_that_nothing_binds_is_found(source: str, severity: str, text: str) -> None:
    """
    A forgotten import is an error that says what to add; any other unknown name is a warning.
    """
    finding = check_script(f"{GOOD}{source}\n".encode(), "score.py")[0]

    assert (3, severity, text) == (finding.line, finding.severity, finding.message)


@pytest.mark.parametrize(
    "source",
    [
        "from x import *\nos.path",
        "globals()['os'] = 1\nos.path",
        "def f(os): return os.path",
        "try:\n    pass\nexcept OSError as e:\n    print(e, __file__)",
        "print([a for a in range(3)], (b := 2), b)",
        "def f(x):\n    match x:\n        case {'a': a, **rest}:\n            return a, rest",
        "def f(x):\n    match x:\n        case [b, *c] as d:\n            return b, c, d",
        "class A:\n    def f(self): return __class__",
        "def f():\n    global late\n    late = 1\nprint(late)",
    ],
)
def test_a_name_that_may_be_bound_is_left_alone(source: str) -> None:
    """
    Scopes are not told apart, and where the text does not tell all, nothing is claimed.
    """
    assert [] == check_script(f"{GOOD}{source}\n".encode(), "score.py")
