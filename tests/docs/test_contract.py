"""The contract's table, and the tests that quote it."""

import re
from pathlib import Path

from tools.marked_block import block_of

ROOT = Path(__file__).parents[2]


def test_every_fact_has_a_test_and_every_test_a_fact() -> None:
    """
    The numbers in `docs/contract.md` are those that the docstrings of the contract's tests quote.
    """
    table = block_of((ROOT / "docs" / "contract.md").read_text(encoding="utf-8"), "facts")
    listed = re.findall(r"^\| (C\d+\.\d+) \|", table, re.MULTILINE)
    files = sorted((ROOT / "tests" / "scoring" / "contract").glob("test_*.py"))
    quoted = [number for file in files for number in re.findall(r'"""\n    (C\d+\.\d+): ', file.read_text())]
    tests = [name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)]

    assert sorted(listed) == sorted(quoted)
    assert len(tests) == len(quoted)


def test_where_ours_answers_otherwise_the_test_says_so() -> None:
    """
    A test that expects another answer of Azure ML's server has a fact with an entry under *here*.
    """
    table = block_of((ROOT / "docs" / "contract.md").read_text(encoding="utf-8"), "facts")
    differing = {row[0] for row in re.findall(r"^\| (C\d+\.\d+) \|.*\| ([^|]*\S) \|$", table, re.MULTILINE)}
    files = (ROOT / "tests" / "scoring" / "contract").glob("test_*.py")
    bodies = [body for file in files for body in re.split(r"^def test_", file.read_text(), flags=re.MULTILINE)[1:]]
    asked = {re.findall(r"(C\d+\.\d+): ", body)[0] for body in bodies if "is_peer" in body}

    assert set() == asked - differing
