import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from modelport.cli import COMMANDS, main, parser
from modelport.cli.project import Project


def test_every_command_has_a_module() -> None:
    """
    What the help lists can be run.
    """
    needed = {"invoke": ["x"], "logs": ["x"], "image": ["x", "--out", "y"]}
    arguments = [parser().parse_args([command, *needed.get(command, [])]) for command in COMMANDS]

    runs = [import_module(f"modelport.cli.{entry.handler.args[0]}").run for entry in arguments]
    assert all(map(callable, runs))
    assert list(COMMANDS) == [entry.command for entry in arguments]


def test_the_help_imports_nothing_heavy() -> None:
    """
    The command line answers at once: what a command needs is imported when it runs.
    """
    heavy = "{'pulumi', 'requests', 'yaml', 'uv'}"
    code = f"import sys, modelport.cli as cli; cli.parser(); print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


def test_a_stack_can_be_chosen_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The option comes before MODELPORT_STACK, which comes before `dev`.
    """
    stacks = [parser().parse_args(["up"]).stack]
    monkeypatch.setenv("MODELPORT_STACK", "staging")
    stacks += [parser().parse_args(["up"]).stack, parser().parse_args(["up", "-s", "prod"]).stack]

    assert ["dev", "staging", "prod"] == stacks


def test_a_missing_engine_is_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    It names the two ways to get one.
    """
    monkeypatch.setenv("PATH", "/nowhere")

    code = main(["up", "-C", str(project.root)])

    expected = (
        "modelport: no `pulumi` on PATH; run `make tools`, or install it from https://www.pulumi.com/docs/install/\n"
    )
    assert (1, expected) == (code, capsys.readouterr().err)


def test_a_folder_that_cannot_be_written_is_one_line(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """
    It names the path and what to look at; no traceback.
    """
    (project.root / ".modelport").write_text("a file")

    code = main(["up", "-C", str(project.root)])

    path = project.root / ".modelport" / "state"
    expected = f"modelport: {path}: Not a directory; check that it may be written and that the disk has room\n"
    assert (1, expected) == (code, capsys.readouterr().err)


def test_a_reader_that_leaves_is_no_failure(project: Project, tmp_path: Path) -> None:
    """
    `modelport logs x | head` ends quietly when `head` has enough.
    """
    code = """
import sys, pathlib, modelport.cli
import modelport.cli.logs
modelport.cli.logs.log_file = lambda *_: pathlib.Path(sys.argv[1]) / "service.log"
sys.exit(modelport.cli.main(["logs", "x", "-C", sys.argv[2], "-n", "1000000"]))
"""
    (tmp_path / "service.log").write_text("line\n" * 1_000_000)
    command = [sys.executable, "-c", code, str(tmp_path), str(project.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert (0, b"") == (process.returncode, said)
