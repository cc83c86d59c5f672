"""What the pages show can be typed."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from modelport.cli import parser

from stack.settings import parse_settings
from tools.commands_reference import leaves

if TYPE_CHECKING:
    from tests.docs.conftest import Page

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#]*)#?(?P<anchor>[^)]*)\)")
FOREIGN = re.compile(r"(?<![\w.~/])/(?:root|home/\w+|Users/\w+)/")
"""Folders of one person's machine: they mean nothing to another reader."""


def test_links_lead_somewhere(pages: "list[Page]") -> None:
    """
    Every relative link names a file that is there, and a heading that is in it.
    """
    anchors = {page.path: page.anchors() for page in pages}
    dead = []
    for page in pages:
        for link in LINK.finditer(page.text):
            target = (page.path.parent / link["path"]).resolve() if link["path"] else page.path
            if not target.exists() or (link["anchor"] and link["anchor"] not in anchors[target]):
                dead.append(f"{page.name}: {link[0]}")

    assert [] == dead


def test_the_index_lists_every_page(pages: "list[Page]") -> None:
    """
    A page that nobody links is a page that nobody reads.
    """
    index = (ROOT / "docs" / "README.md").read_text()
    names = [page.path.name for page in pages if page.path.parent == ROOT / "docs" and page.path.name != "README.md"]

    assert [] == [name for name in names if f"]({name})" not in index]


def test_stack_files_in_the_pages_are_valid(pages: "list[Page]") -> None:
    """
    An example that is pasted is accepted.
    """
    shown = [yaml.safe_load(code) for page in pages for code in page.code("yaml")]
    examples = [content["config"] for content in shown if "config" in content]
    parsed = [parse_settings(example) for example in examples]

    assert len(examples) >= 8
    assert all(settings.services for settings in parsed)


def test_the_readme_shows_the_shipped_stack_file(pages: "list[Page]") -> None:
    """
    "All of it" is all of it.
    """
    shown = pages[0].code("yaml")[0]

    assert yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text()) == yaml.safe_load(shown)


def test_python_examples_compile(pages: "list[Page]") -> None:
    """
    Examples in Python are Python.
    """
    shown = [(page.name, code) for page in pages for code in page.code("python")]

    assert {"docs/components.md", "docs/entry-scripts.md", "docs/no-code.md"} == {name for name, _ in shown}
    for name, code in shown:
        compile(code, name, "exec")


def test_make_targets_in_the_pages_exist(pages: "list[Page]") -> None:
    """
    Every `make <target>` in a shell example is one of the Makefile's.
    """
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = _words_after(pages, r"^make ((?:[a-z-]+ ?)+)")

    assert {"up", "test", "bench"} <= named
    assert set() == named - targets


def test_commands_in_the_pages_exist(pages: "list[Page]") -> None:
    """
    Every `modelport <command>` in a shell example can be parsed.
    """
    known = {name.split()[1] for name, _, _ in leaves(parser())}
    named = _words_after(pages, r"^(?:\.venv/bin/)?modelport ([a-z]+)")

    assert {"invoke", "logs", "models", "lock"} <= named
    assert set() == named - known


def test_nothing_names_one_machine_or_tracker(tracked_files: list[Path]) -> None:
    """
    The project speaks of itself only.
    """
    found = [
        f"{file.relative_to(ROOT)}:{number}: {match[0]}"
        for file in tracked_files
        if file != Path(__file__) and file.suffix not in {".onnx", ".joblib"}
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := FOREIGN.search(line))
    ]

    assert [] == found


def _words_after(pages: "list[Page]", pattern: str) -> set[str]:
    code = [code for page in pages for code in page.code("sh", "bash")]
    return {word for each in code for words in re.findall(pattern, each, re.MULTILINE) for word in words.split()}
