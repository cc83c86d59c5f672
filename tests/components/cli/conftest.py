from pathlib import Path

import pytest
from modelport.cli.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Make a project with one stack, `dev`, in a folder whose name has a space; the cache lies beside it."""
    root = tmp_path / "a project"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: sample\nruntime: python\n")
    (root / "Pulumi.dev.yaml").write_text("config:\n  sample:version: 3.10   # as written\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Project(root, "sample")
