"""The documentation as data."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Page:
    """A page of the documentation, by its path from the project's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")

    def code(self, *languages: str) -> list[str]:
        """Give the code blocks in one of *languages*."""
        return [match["code"] for match in FENCE.finditer(self.text) if match["language"] in languages]

    def anchors(self) -> set[str]:
        """Give what links may name after ``#``: the headings, as they are shown by the hosts of repositories."""
        titles: list[str] = re.findall(r"^#+ (.+)$", FENCE.sub("", self.text), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.fixture(scope="session")
def pages() -> list[Page]:
    """Give every Markdown page of the project."""
    return [Page(path) for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))]


@pytest.fixture(scope="session")
def tracked_files() -> list[Path]:
    """Give every file of the repository that people write; without a repository the tests that ask are skipped."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not in a git repository")
    files = [ROOT / name for name in listed.stdout.splitlines()]
    return [file for file in files if file.is_file() and not file.name.endswith((".lock", ".sum", ".mod"))]
