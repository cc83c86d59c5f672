"""What a killed engine leaves of a state's files."""

from pathlib import Path

import pytest
from modelport.cli.checkpoint import damage, mend


@pytest.fixture(name="state")
def whole_state(tmp_path: Path) -> Path:
    """Write a state with its attributes and its backup."""
    file = tmp_path / "dev.json"
    for name in ("dev.json", "dev.json.attrs", "dev.json.bak", "dev.json.bak.attrs"):
        (tmp_path / name).write_text('{"of": "' + name + '"}')
    return file


def test_a_whole_state_is_left_alone(state: Path) -> None:
    """
    Nothing is found where nothing is wrong; a stack that never was has no damage either.
    """
    assert [] == damage(state)
    assert [] == damage(state.with_name("prod.json"))


def test_half_attributes_and_unfinished_files_are_removed(state: Path) -> None:
    """
    An empty attributes file would make the engine refuse the state; the state itself stays as it is.
    """
    (state.parent / "dev.json.attrs").write_text("")
    (state.parent / "dev.json.18ea.tmp").write_text('{"half')
    mend(state, damage(state))

    assert ["dev.json", "dev.json.bak", "dev.json.bak.attrs"] == sorted(path.name for path in state.parent.iterdir())
    assert '{"of": "dev.json"}' == state.read_text()


def test_a_lost_state_comes_back_from_its_backup(state: Path) -> None:
    """
    Between the backup and the new state a kill leaves only the backup.
    """
    state.unlink()
    mend(state, damage(state))

    assert '{"of": "dev.json.bak"}' == state.read_text()
    assert [] == damage(state)
