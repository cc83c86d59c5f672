"""The log of a service."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from modelport_scoring.supervisor.log import LONGEST_LINE, LineSplitter, Log


@given(st.lists(st.binary(max_size=20)))
def test_lines_come_whole_however_they_are_cut(chunks: list[bytes]) -> None:
    """
    Whatever the pipe's cuts, what is written is the stream, in whole lines.
    """
    written: list[bytes] = []
    splitter = LineSplitter(written.append)
    for chunk in chunks:
        splitter.feed(chunk)
    splitter.close()
    stream = b"".join(chunks)

    assert stream + (b"\n" if stream and not stream.endswith(b"\n") else b"") == b"".join(written)
    assert all(part.endswith(b"\n") for part in written)


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    """
    A line longer than the limit is written in parts.
    """
    written: list[bytes] = []
    LineSplitter(written.append).feed(b"x" * (LONGEST_LINE + 1))

    assert [LONGEST_LINE + 2] == [len(part) for part in written]


def test_the_oldest_backup_goes(tmp_path: Path) -> None:
    """
    With two backups, three files hold the newest lines.
    """
    log = Log({"path": str(tmp_path / "log"), "max_bytes": 10, "backups": 2})
    for number in range(5):
        log.write(f"line{number}\n".encode())

    contents = [(tmp_path / name).read_text() for name in ("log", "log.1", "log.2")]
    assert ["line4\n", "line3\n", "line2\n"] == contents
    assert 3 == len(list(tmp_path.iterdir()))


def test_a_removed_log_is_made_again(tmp_path: Path) -> None:
    """
    When somebody removes the file, the next line makes a new one.
    """
    log = Log({"path": str(tmp_path / "log"), "max_bytes": 100, "backups": 0})
    log.write(b"one\n")
    (tmp_path / "log").unlink()
    log.write(b"two\n")

    assert "two\n" == (tmp_path / "log").read_text()


def test_lines_that_could_not_be_written_are_counted(tmp_path: Path) -> None:
    """
    When the log can be written again, it says how many lines are missing.
    """
    folder = tmp_path / "folder"
    folder.touch()
    log = Log({"path": str(folder / "log"), "max_bytes": 100, "backups": 0})
    log.write(b"one\ntwo\n")
    log.write(b"three\n")
    folder.unlink()
    folder.mkdir()
    log._retry_at = 0
    log.write(b"four\n")

    assert "supervisor: 3 lines could not be written here\nfour\n" == (folder / "log").read_text()
