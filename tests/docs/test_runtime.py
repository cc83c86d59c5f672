"""The settings of the scoring server, as its page tells them."""

import re
from dataclasses import asdict
from pathlib import Path

from modelport_scoring.config_file import KNOWN
from modelport_scoring.limits import BOUNDS, Limits
from modelport_scoring.main_thread import FIRST_STREAK, LONG_MEAN_S, LONG_S, SHORT_S
from modelport_scoring.settings import _parser, read_settings

from tools.marked_block import block_of

PAGE = (Path(__file__).parents[2] / "docs" / "runtime.md").read_text(encoding="utf-8")


def rows(block: str) -> list[list[str]]:
    lines = block_of(PAGE, block).strip().splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_limits_are_told() -> None:
    """
    Every limit is there with default, bounds and unit, and no other.
    """
    defaults = asdict(Limits())
    expected = [
        [bound.variable, f"{defaults[name]:.0f}", f"{bound.low:.0f}", f"{bound.high:.0f}", bound.unit]
        for name, bound in BOUNDS.items()
    ]

    assert expected == [row[:5] for row in rows("limits")]


def test_settings_are_told() -> None:
    """
    Every flag and every variable that the server reads has a row.
    """
    told = [cell for row in [*rows("settings"), *rows("limits")] for cell in row[:2]]
    flags = [option for action in _parser()._actions for option in action.option_strings if option.startswith("--")]

    assert set() == {*KNOWN, *flags} - {*told, "--help"}


def test_defaults_are_told() -> None:
    """
    What a server takes when it is told nothing is what the page says.
    """
    settings = read_settings([], {}, Path("/nowhere"))
    told = {row[1] or row[0]: row[2] for row in rows("settings")}

    assert told["MODELPORT_LISTEN_PORT"] == str(settings.port)
    assert told["--address"] == settings.address
    assert told["WORKER_COUNT"] == str(settings.worker_count)
    assert (told["SERVICE_NAME"], told["SERVICE_VERSION"]) == (settings.service_name, settings.service_version)
    assert told["MODELPORT_DRAIN_TIMEOUT_S"] == f"{settings.drain_timeout_s:.0f}"
    assert told["MODELPORT_IDLE_GRACE_S"] == f"{settings.idle_grace_s:.0f}"
    assert told["MODELPORT_READY_TIMEOUT_S"] == f"{settings.ready_timeout_s:.0f}"


def test_when_the_loop_moves_is_told() -> None:
    """
    The page has the numbers by which the loop changes its thread.
    """
    moves = re.search(
        r"After (\d+) calls in a row of less than (\d+) ms .* more than (\d+) ms, or a mean of more than (\d+) ms",
        PAGE,
        re.DOTALL,
    )

    assert moves is not None
    assert (FIRST_STREAK, SHORT_S * 1000, LONG_S * 1000, LONG_MEAN_S * 1000) == tuple(
        float(number) for number in moves.groups()
    )
