import re
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.cli import logs, main
from modelport.cli.project import Project
from modelport.workspace import Workspace


@pytest.fixture
def log(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a service's log where its run folder is."""

    def run_folder(workspace: Workspace, stack: tuple[str, str, str], service: str) -> SimpleNamespace:
        assert ("sample", "dev", (project.workspace.folder / "state").as_uri()) == stack
        return SimpleNamespace(log=workspace.run / "dev" / service / "service.log")

    def identify(_root: Path, name: str, stack: str, environment: dict[str, str]) -> tuple[str, str, str]:
        return name, stack, environment["PULUMI_BACKEND_URL"]

    runs, identity = ModuleType("modelport.local.runs"), ModuleType("modelport.stack_identity")
    vars(runs)["run_folder"] = run_folder
    vars(identity)["StackIdentity"] = SimpleNamespace(of=identify)
    for module in (runs, identity):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.chdir(project.root)
    folder = project.workspace.run / "dev" / "digits"
    folder.mkdir(parents=True)
    (folder / "service.log").write_text("one\ntwo\nthree\n")
    return folder / "service.log"


@given(
    content=st.text("a\n\r", max_size=300).map(str.encode),
    count=st.integers(0, 12),
    block=st.integers(1, 40),
)
def test_the_last_lines_are_those_of_the_whole_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, count: int, block: int
) -> None:
    """
    Reading from the end gives what reading everything would give, whatever the block size.
    """
    file = tmp_path_factory.mktemp("log") / "service.log"
    file.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch, file.open("rb") as handle:
        patch.setattr(logs, "BLOCK", block)
        tail = logs.last_lines(handle, count)

    lines = re.findall(rb"[^\n]*\n|[^\n]+$", content)
    assert b"".join(lines[-count:] if count else []) == tail


def test_the_end_of_the_log_is_printed(log: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """
    `-n` counts lines from the end.
    """
    assert (0, b"two\nthree\n") == (main(["logs", "digits", "-n", "2"]), capfdbinary.readouterr().out)


def test_a_service_without_a_log_is_named(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The error names service, stack and file.
    """
    assert 1 == main(["logs", "digit"])
    assert "service 'digit' of stack 'dev' has no log at " in capsys.readouterr().err


def test_following_goes_on_through_a_rotation(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nothing is lost: the old file's last lines come before the new file's first.
    """

    def append(line: str) -> None:
        with log.open("a") as handle:
            handle.write(line)

    def rotate() -> None:
        append("five\n")
        log.rename(log.with_suffix(".log.1"))
        log.write_text("six\n")

    steps = [lambda: append("four\n"), rotate]
    monkeypatch.setattr("time.sleep", lambda _seconds: steps.pop(0)())

    with log.open("rb") as handle, closing(logs.follow(log, handle)) as followed:
        logs.last_lines(handle, 0)
        pieces = list(islice(followed, 3))

    assert [b"four\n", b"five\n", b"six\n"] == pieces
