"""What a model is to the server: something that turns requests into results."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

from modelport_scoring.errors import BadInputError


class Fields(Mapping[str, str]):
    """Header fields as text, names in lowercase; decoded when they are asked for, which is seldom."""

    __slots__ = ("raw",)

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self.raw = raw

    def __getitem__(self, name: str) -> str:
        return self.raw[name.encode("latin-1")].decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self.raw)

    def __len__(self) -> int:
        return len(self.raw)


@dataclass(slots=True)
class ScoreRequest:
    """A request to ``/score`` as it came in."""

    method: str
    query: str
    """As it was sent, percent-encoded."""
    headers: Mapping[str, str]
    """Names in lowercase."""
    body: bytes

    def text(self) -> str:
        """
        Give the input as text: the body of a POST, the query of a GET as a JSON object.

        Raises `BadInputError` for a body that is not UTF-8.
        """
        if self.method == "GET":
            return json.dumps(self.query_values())
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            msg = f"Input cannot be decoded as UTF-8: {error}"
            raise BadInputError(msg) from error

    def query_values(self) -> dict[str, Any]:
        """Read each value of the query as JSON, else as text; a repeated name becomes a list."""
        found: dict[str, list[Any]] = {}
        for name, text in parse_qsl(self.query, keep_blank_values=True):
            found.setdefault(name, []).append(_json_or_text(text))
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


@dataclass(frozen=True)
class Schema:
    """JSON schemas (Swagger 2.0) of input and output, examples included."""

    input: Mapping[str, Any]
    output: Mapping[str, Any]
    versions: tuple[str, ...] = ("2.0", "3.0", "3.1")
    """Of the document that can express them."""


class Scorer(Protocol):
    """A loaded model, or a script whose ``init()`` has run. Called on the main thread, one call at a time."""

    @property
    def methods(self) -> frozenset[str]:
        """Those of ``/score`` that it understands."""

    @property
    def schema(self) -> Schema:
        """What goes in and what comes out."""

    def score(self, request: ScoreRequest) -> object:
        """Return what JSON can express, or an `Answer`. Raises `modelport_scoring.errors.ScoringError`."""


def _json_or_text(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
