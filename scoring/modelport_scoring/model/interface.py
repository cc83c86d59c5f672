"""What a model without a script is to the server, besides a `Scorer`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from modelport_scoring.answer import Answer
from modelport_scoring.scorer import Schema, ScoreRequest

if TYPE_CHECKING:  # numpy is an extra
    from modelport_scoring.model.tensor import Array, TensorSpec


class Model(Protocol):
    """A loaded model."""

    @property
    def methods(self) -> frozenset[str]:
        """Those of ``/score`` that it understands."""

    @property
    def schema(self) -> Schema:
        """What ``/score`` takes and gives."""

    @property
    def platform(self) -> str:
        """The Open Inference Protocol's word for what computes it."""

    @property
    def inputs(self) -> "tuple[TensorSpec, ...]":
        """What `infer` takes."""

    @property
    def outputs(self) -> "tuple[TensorSpec, ...]":
        """What `infer` may be asked for."""

    def score(self, request: ScoreRequest) -> Answer:
        """Answer a request to ``/score``. Raises `modelport_scoring.errors.ScoringError`."""

    def infer(self, feeds: "Mapping[str, Array]", wanted: Sequence[str]) -> "dict[str, Array]":
        """
        Give the outputs *wanted*, the model's usual ones when none is named.

        Raises `modelport_scoring.errors.ScoringError`.
        """
