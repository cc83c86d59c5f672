"""Tests of `modelport.cli.sample`."""

import json

import pytest
from modelport.cli.project import Project
from modelport.cli.sample import SAMPLE_FILE, sample_request


@pytest.mark.parametrize(
    ("inference", "document"),
    [
        ("{entry_script: src/score.py}", {}),
        ("{entry_script: score.py, source_directory: src}", {}),
        ("{file: inferenceconfig.json}", {"entryScript": "src/score.py"}),
        ("{file: inferenceconfig.json}", {"entryScript": "score.py", "sourceDirectory": "src"}),
        ("{file: inferenceconfig.json, entry_script: src/score.py}", {}),
    ],
)
def test_a_sample_lies_beside_the_entry_script(project: Project, inference: str, document: dict[str, str]) -> None:
    """
    Wherever the script is named: in the stack file, or in Azure ML's own file.
    """
    (project.root / "src").mkdir()
    (project.root / "src" / SAMPLE_FILE).write_text("{}")
    (project.root / "inferenceconfig.json").write_text(json.dumps(document))
    settings = f"config:\n  modelport:services:\n    echo: {{inference: {inference}}}\n"
    (project.root / "Pulumi.dev.yaml").write_text(settings)

    assert project.root / "src" / SAMPLE_FILE == sample_request(project, "dev", "echo")


def test_a_file_that_makes_no_sense_gives_no_sample(project: Project) -> None:
    """
    The program that reads it says what is wrong.
    """
    (project.root / "inferenceconfig.json").write_text("{")
    settings = "config:\n  modelport:services:\n    echo: {inference: {file: inferenceconfig.json}}\n"
    (project.root / "Pulumi.dev.yaml").write_text(settings)

    assert sample_request(project, "dev", "echo") is None
