import shlex
import sys
from pathlib import Path

import pytest
from modelport.cli.project import Project
from modelport.cli.summary import curl_line, key_command, summary

URL = "http://127.0.0.1:8890/score"


@pytest.fixture
def served(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Let the project declare two services, one with a script and a sample, one with a model alone."""
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(sys, "executable", str(project.root / ".venv" / "bin" / "python"))
    settings = """config:
      modelport:services:
        diabetes:
          models: [{name: d, path: ex/d/model}]
          inference: {entry_script: ex/d/score.py}
          target: {kind: local}
        digits: {models: [{name: n, path: ex/n/digits.onnx}], target: {kind: local}}
        open: {target: {kind: local}}
    """
    project.stack_file("dev").write_text(settings)
    for folder in ("d", "n"):
        (project.root / "ex" / folder).mkdir(parents=True)
        (project.root / "ex" / folder / "sample-request.json").write_text("{}")
    return project


def test_every_service_gets_its_url_and_a_line_that_works(served: Project) -> None:
    """
    The key is asked for by command, never printed; the body is the sample beside the script or the model.
    """
    outputs = {
        "endpoints": {name: {"scoring_url": URL} for name in ("diabetes", "digits", "open")},
        "keys": {name: {"primary": "sesame1", "secondary": "sesame2"} for name in ("diabetes", "digits")},
    }

    text = summary(served, "dev", outputs)

    start = "  curl -sS -H 'Content-Type: application/json'"
    key = '-H "Authorization: Bearer $(.venv/bin/modelport keys {} primary)"'
    expected = [
        f"diabetes: {URL}",
        f"{start} {key.format('diabetes')} --data-binary @ex/d/sample-request.json {URL}",
        f"digits: {URL}",
        f"{start} {key.format('digits')} --data-binary @ex/n/sample-request.json {URL}",
        f"open: {URL}",
        f"{start} --data-binary '{{\"data\": []}}' {URL}",
    ]
    assert expected == text.splitlines()
    assert "sesame" not in text


def test_an_activated_environment_needs_no_path(served: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    In it the shell finds `modelport` itself; another stack is named.
    """
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)

    assert "modelport keys --stack staging digits primary" == key_command(served, "staging", "digits")


def test_from_outside_the_project_is_named(served: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A line printed in another folder works in that folder.
    """
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    words = shlex.split(key_command(served, "dev", "digits"))

    script = str(served.root / ".venv" / "bin" / "modelport")
    assert [script, "keys", "--cwd", str(served.root), "digits", "primary"] == words


def test_a_body_file_with_a_space_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The line can be pasted into a shell whatever the folder is called.
    """
    monkeypatch.chdir(tmp_path)

    line = curl_line(URL, None, tmp_path / "a b" / "body.json")

    assert ["--data-binary", "@a b/body.json", URL] == shlex.split(line)[-3:]
