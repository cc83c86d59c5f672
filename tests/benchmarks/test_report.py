"""The table of figures."""

import pytest

from benchmarks.report import Figure, report


@pytest.mark.parametrize(
    ("values", "target", "row"),
    [
        ((3.0, 1.0, 2.0), 2.0, "| x | 2.00 s | 3 | 1.00 to 3.00 | 2 s | yes |"),
        ((3.0,), 2.0, "| x | 3.00 s | 1 |  | 2 s | **no** |"),
        ((3.0,), None, "| x | 3.00 s | 1 |  |  |  |"),
    ],
)
def test_a_figure_is_its_median_held_against_its_target(
    values: tuple[float, ...], target: float | None, row: str
) -> None:
    """
    One slow run does not decide; a target that is missed is said so.
    """
    assert row == Figure("x", values, "s", target).row()


def test_the_report_says_on_what_machine() -> None:
    """
    Figures come with date, cores, memory and versions, and one row each.
    """
    text = report([Figure("x", (1.0,), "s"), Figure("y", (1.0,), "s")])

    assert ["cores", "GiB of memory", "Python 3.", "pulumi 3."] == [
        word for word in ("cores", "GiB of memory", "Python 3.", "pulumi 3.") if word in text.splitlines()[0]
    ]
    assert 4 == len(text.splitlines()[2:])
