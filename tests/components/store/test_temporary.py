"""Tests of `modelport.store.temporary`."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutStore
from modelport.store.temporary import remove_abandoned, temporary_file, temporary_folder

_WRITER = """
import sys, time
from pathlib import Path
from modelport.store.temporary import temporary_file, temporary_folder
folder = Path(sys.argv[1])
with temporary_file(folder, ".partial-"), temporary_folder(folder, ".partial-") as inner:
    (inner / "half").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def _start_writer(folder: Path) -> subprocess.Popen[str]:
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    assert "writing\n" == writer.stdout.readline()
    return writer


@pytest.mark.slow
def test_what_a_killed_writer_left_is_removed_and_a_living_ones_is_kept(tmp_path: Path) -> None:
    """
    Only the temporary files and folders of the dead go, in other processes too.
    """
    with _start_writer(tmp_path) as dead, _start_writer(tmp_path) as living:
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        assert 4 == len(list(tmp_path.iterdir()))
        remove_abandoned(tmp_path, ".partial-")
        left = len(list(tmp_path.iterdir()))
        living.kill()

    assert 2 == left


@pytest.mark.slow
def test_the_next_transaction_cleans_up_after_a_killed_writer(tmp_path: Path) -> None:
    """
    A half-written blob is gone once somebody else writes.
    """
    store = LayoutStore(tmp_path)
    blob = Descriptor.of("text/plain", b"x")
    store.write(blob, [b"x"])
    folder = store.path(blob.digest).parent
    with _start_writer(folder) as dead:
        dead.kill()
    with store.transaction():
        pass

    assert [store.path(blob.digest)] == list(folder.iterdir())


def test_temporary_things_are_gone_at_the_end(tmp_path: Path) -> None:
    """
    Nothing stays but what was renamed.
    """
    with temporary_file(tmp_path, "t-") as (path, _):
        path.rename(tmp_path / "kept")
    with temporary_file(tmp_path, "t-"), temporary_folder(tmp_path, "t-") as folder:
        (folder / "inside").touch()

    assert [tmp_path / "kept"] == list(tmp_path.iterdir())
