"""
The command line as `docs/commands.md` shows it, from the parser itself.

``python -m tools.commands_reference`` writes it. The text of ``--help`` is laid out anew, because each version of
Python lays it out in its own way.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from modelport.cli import parser

from tools.marked_block import write_block

PAGE: Final = Path(__file__).parents[1] / "docs" / "commands.md"
BLOCK: Final = "commands"


def commands_reference() -> str:
    """Write a section for each command, in Markdown."""
    return "\n\n".join(_section(name, text, command) for name, text, command in leaves(parser()))


def leaves(
    command: argparse.ArgumentParser, name: str = "modelport", text: str = ""
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Yield every command that can be run below *command*: its whole name, what it does, its parser."""
    groups = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001 - argparse tells its commands in no other way
    if not groups:
        yield name, text, command
    for group in groups:
        texts = {choice.dest: choice.help or "" for choice in group._choices_actions}  # noqa: SLF001 - the same
        for word, below in group.choices.items():
            yield from leaves(below, f"{name} {word}", texts[word])


def _section(name: str, text: str, command: argparse.ArgumentParser) -> str:
    arguments = [action for action in command._actions if action.dest != "help"]  # noqa: SLF001 - the same
    synopsis = " ".join([name, *(_usage(action) for action in arguments)])
    rows = "\n".join(f"| `{_escaped(_spelling(action))}` | {_help(action)} |" for action in arguments)
    return f"### {name}\n\n```text\n{synopsis}\n```\n\n{_sentence(text)}\n\n| argument | meaning |\n|---|---|\n{rows}"


def _usage(action: argparse.Action) -> str:
    if action.option_strings:
        return f"[{_with_value(action.option_strings[0], action)}]"
    word = _word(action)
    if action.nargs == "*":
        return f"[{word} ...]"
    return f"[{word}]" if action.nargs == "?" else word


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return _word(action)
    return _with_value(", ".join(action.option_strings), action)


def _with_value(flag: str, action: argparse.Action) -> str:
    return flag if action.nargs == 0 else f"{flag} {_word(action)}"


def _word(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % {"default": action.default}
    choices = f"{', '.join(f'`{choice}`' for choice in action.choices)}: " if action.choices else ""
    return _escaped(f"{choices}{text}")


def _escaped(text: str) -> str:
    """Write *text* for a cell of a table."""
    return text.replace("|", r"\|")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


if __name__ == "__main__":
    write_block(PAGE, BLOCK, commands_reference())
