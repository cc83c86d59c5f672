"""The tables of images."""

import pytest

from benchmarks.image_report import Brought, cases_table, runs_table, targets
from benchmarks.image_runs import ImageRun

PARTS = {"start": 0.5, "model": 0.25, "image": 0.125}


def _ours(seconds: float, pushed: int, case: str = "script change") -> Brought:
    return Brought(case, "modelport", seconds, PARTS, pushed)


def _theirs(seconds: float, case: str = "script change") -> Brought:
    return Brought(case, "docker, classic builder", seconds, {"build": seconds / 2, "push": seconds / 2}, 300_000)


def test_a_case_is_one_row_for_each_who_brought_it() -> None:
    """
    Medians of seconds, of each part and of the bytes; cases in the order in which they were measured.
    """
    brought = [_ours(9.0, 5_000_000, "first build"), _ours(1.0, 4_000), _theirs(2.0), _ours(3.0, 4_200), _ours(2.0, 9)]

    assert [
        "| first build | modelport | 9.00 s | 1 | 9.00 to 9.00 | start 0.50, model 0.25, image 0.12 | 5,000.0 kB |",
        "| script change | modelport | 2.00 s | 3 | 1.00 to 3.00 | start 0.50, model 0.25, image 0.12 | 4.0 kB |",
        "| script change | docker, classic builder | 2.00 s | 1 | 2.00 to 2.00 | build 1.00, push 1.00 | 300.0 kB |",
    ] == cases_table(brought).splitlines()[2:]


@pytest.mark.parametrize(("ours_s", "pushed", "met"), [(0.2, 99_000, True), (0.3, 101_000, False)])
def test_a_changed_script_is_held_against_dockers_of_the_same_round(ours_s: float, pushed: int, met: bool) -> None:  # noqa: FBT001 - a column of the table
    """
    Under 100 kB, and a tenth of the time: the whole provider's, and the image's alone.
    """
    brought = [_ours(ours_s, pushed), _theirs(2.5), _ours(9.0, 10**9, "model change"), _theirs(1.0, "model change")]

    figures = targets(brought)

    assert [(pushed / 1000,), (ours_s / 2.5,), (0.05,)] == [figure.values for figure in figures]
    assert [met, met, True] == ["| yes |" in figure.row() for figure in figures]


def test_an_image_is_told_in_megabytes_by_kind_of_layer() -> None:
    """
    The base apart from what is ours; what is smaller than a megabyte keeps its digits, and what is not there is 0.
    """
    run = ImageRun("digits", {"base": 50_000_000, "environment": 44_120_000, "runtime": 56_000}, (0.9, 0.7, 0.8))

    assert ["| digits | 50.0 | 44.1 | 0.0560 | 0.0000 | 0.0000 | 0.0000 | 44.2 | 94.2 | 0.80 s |"] == runs_table(
        [run]
    ).splitlines()[2:]
