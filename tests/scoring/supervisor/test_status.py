"""The status file."""

from pathlib import Path

from modelport_scoring.supervisor.status import StatusFile
from modelport_scoring.wire import SupervisorStatus

STATUS: SupervisorStatus = {"pid": 1, "generation": 2, "state": "serving", "serving_generation": 2, "workers": []}


def test_an_unchanged_status_is_not_written_again(tmp_path: Path) -> None:
    """
    Whoever watches the file sees changes only.
    """
    path = tmp_path / "status.json"
    file = StatusFile(path)
    assert file.write(STATUS)
    path.unlink()
    assert file.write({**STATUS})

    assert not path.exists()
    assert file.write({**STATUS, "generation": 3})
    assert ["status.json"] == [each.name for each in tmp_path.iterdir()]


def test_a_status_that_cannot_be_written_is_not_forgotten(tmp_path: Path) -> None:
    """
    When the folder cannot be written the caller is told so, and may try again.
    """
    folder = tmp_path / "folder"
    folder.touch()
    file = StatusFile(folder / "status.json")
    assert not file.write(STATUS)
    folder.unlink()
    folder.mkdir()

    assert file.write(STATUS)
