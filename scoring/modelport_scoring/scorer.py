"""What a model is to the server: something that turns requests into results."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs

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
            return json.dumps(_query_values(self.query))
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            msg = f"Input cannot be decoded as UTF-8: {error}"
            raise BadInputError(msg) from error


@dataclass(frozen=True)
class Schema:
    """JSON schemas (Swagger 2.0) of input and output, examples included."""

    input: Mapping[str, Any]
    output: Mapping[str, Any]


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


def _query_values(query: str) -> dict[str, Any]:
    """Read each value as JSON, else as text; a repeated name becomes a list."""
    values = {name: [_json_or_text(text) for text in texts] for name, texts in parse_qs(query, True).items()}
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _json_or_text(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
