"""The parts of the documentation that programs write."""

from pathlib import Path

import pytest
from modelport.cli import COMMANDS

from stack.reference import PAGE as SERVICES
from stack.reference import form, settings_reference
from stack.schema import stack_file_schema
from tools.commands_reference import PAGE as COMMAND_PAGE
from tools.commands_reference import commands_reference
from tools.marked_block import NoSuchBlockError, block_of, with_block, write_block


def test_the_settings_are_current() -> None:
    """
    `docs/services.md` says what the settings say; `python -m stack.reference` writes it.
    """
    assert settings_reference() == block_of(SERVICES.read_text(encoding="utf-8"), "settings")


def test_every_setting_has_a_row() -> None:
    """
    No key of any block is left out.
    """
    schema = stack_file_schema()
    blocks = [*schema["$defs"].values(), schema["properties"]["config"]]
    written = settings_reference()

    assert [] == [key for block in blocks for key in block["properties"] if f"| `{key}` |" not in written]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"type": "string"}]}, "whole number, 1 to 9"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 60.0}, "number above 0, to 60"),
        ({"anyOf": [{"properties": {"secure": {}}, "type": "object"}, {"type": "string"}]}, "secret text"),
        ({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}, "`a`, `b`"),
        ({"type": "array", "items": {"pattern": "^https?://", "type": "string"}}, "list of http(s) URL"),
    ],
)
def test_a_value_is_described_in_words(field: dict[str, object], words: str) -> None:
    """
    Bounds and choices are told; that a number may be quoted, or left out, is not told at each key.
    """
    assert words == form(field)


def test_the_commands_are_current() -> None:
    """
    `docs/commands.md` says what the parser says; `python -m tools.commands_reference` writes it.
    """
    assert commands_reference() == block_of(COMMAND_PAGE.read_text(encoding="utf-8"), "commands")


def test_every_command_has_a_section() -> None:
    """
    No command is left out, those of the group `models` included.
    """
    expected = [*COMMANDS, *(f"models {command}" for command in ("list", "show", "pull", "rm"))]
    written = commands_reference()

    assert [] == [command for command in expected if f"### modelport {command}\n" not in written]


def test_a_block_is_replaced_and_the_rest_kept(tmp_path: Path) -> None:
    """
    What people wrote around the markers stays, and writing twice is writing once.
    """
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- begin x -->\nold\n<!-- end x -->\nbelow\n")
    write_block(page, "x", "new")
    write_block(page, "x", "new")

    assert "above\n<!-- begin x -->\nnew\n<!-- end x -->\nbelow\n" == page.read_text()
    assert [page] == list(tmp_path.iterdir())


def test_an_empty_block_can_be_filled() -> None:
    """
    Markers with nothing between them are a block.
    """
    assert "new" == block_of(with_block("<!-- begin x -->\n<!-- end x -->", "x", "new"), "x")


@pytest.mark.parametrize("text", ["", "<!-- begin x -->\n", "<!-- end x -->\n<!-- begin x -->\n"])
def test_a_page_without_markers_is_refused(text: str) -> None:
    """
    Nothing is written into a page that does not say where.
    """
    with pytest.raises(NoSuchBlockError, match="begin x"):
        with_block(text, "x", "new")
