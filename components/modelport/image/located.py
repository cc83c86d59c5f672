"""A YAML document in which every value knows where it stands, so that an error can name file and line."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from modelport.errors import ModelportError


@dataclass(frozen=True)
class Located:
    """A text, a list or a mapping. Texts are as they are written: ``3.10`` stays ``3.10``."""

    where: str
    """Such as ``conda.yml:5``."""
    value: "str | list[Located] | dict[str, Located]"

    def error(self, reason: str) -> ModelportError:
        """Make an error that says where the value stands."""
        return ModelportError(f"{self.where}: {reason}")

    def text(self, rule: str) -> str:
        """Read a text; *rule* ends the error when it is none."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.error(rule)
        return self.value.strip()

    def items(self, rule: str) -> "list[Located]":
        """Read a list; *rule* ends the error when it is none."""
        if not isinstance(self.value, list):
            raise self.error(rule)
        return self.value

    def mapping(self, rule: str) -> "dict[str, Located]":
        """Read a mapping; *rule* ends the error when it is none."""
        if not isinstance(self.value, dict):
            raise self.error(rule)
        return self.value


def parse_located(text: str, shown: str) -> Located:
    """Read *text*, shown to the user as *shown*; raises `ModelportError` when it is not YAML."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f"{shown}:{mark.line + 1}" if mark else shown
        msg = f"{where}: is not YAML; correct the line or one just above it"
        raise ModelportError(msg) from None
    except RecursionError:
        msg = f"{shown}: is nested too deeply"
        raise ModelportError(msg) from None
    return Located(f"{shown}:1", {}) if node is None else _Reader(shown).located(node)


class _Reader:
    """Turns nodes into values, each once: an anchor that is used a thousand times costs no more than one."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.done: dict[yaml.Node, Located | None] = {}

    def located(self, node: yaml.Node) -> Located:
        if node not in self.done:
            self.done[node] = None  # while it is being read
            self.done[node] = Located(self._where(node), self._value(node))
        found = self.done[node]
        if found is None:
            msg = f"{self._where(node)}: holds itself; write it out"
            raise ModelportError(msg)
        return found

    def _where(self, node: yaml.Node) -> str:
        return f"{self.shown}:{node.start_mark.line + 1}"

    def _value(self, node: yaml.Node) -> str | list[Located] | dict[str, Located]:
        if isinstance(node, yaml.ScalarNode):
            return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.located(each) for each in node.value]
        return dict(self._pairs(node))

    def _pairs(self, node: yaml.Node) -> Iterator[tuple[str, Located]]:
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                msg = f"{self._where(key)}: {name!r} is given twice; keep one"
                raise ModelportError(msg)
            seen.add(name)
            yield name, self.located(value)
