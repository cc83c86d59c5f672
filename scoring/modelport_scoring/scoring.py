"""Answers requests to ``/score``: from what a connection has read to what it writes."""

import copy
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from modelport_scoring.alarm import Alarm, TimesUp
from modelport_scoring.answer import JSON, MESSAGE, SUCCEEDED, Answer, error_answer, to_json
from modelport_scoring.auth import Keys
from modelport_scoring.envelope import Envelope
from modelport_scoring.errors import (
    BodyTooLargeError,
    HeaderTooLongError,
    NotAuthorizedError,
    ResultNotSerializableError,
    ScoringError,
    ScoringTimeoutError,
)
from modelport_scoring.limits import Limits
from modelport_scoring.route import Route
from modelport_scoring.scorer import Scorer, ScoreRequest

MEGABYTE: Final = 1024 * 1024
_log = logging.getLogger(__name__)


class Scoring:
    """A model and who may ask it. *keys* None: everybody."""

    error_key = MESSAGE

    def __init__(self, scorer: Scorer, keys: Keys | None, envelope: Envelope, limits: Limits, alarm: Alarm) -> None:
        self._methods = frozenset(method.encode() for method in scorer.methods)
        self._score: Callable[[ScoreRequest], object] = scorer.score
        self._keys = keys
        self._envelope = envelope
        self._limits = limits
        self._alarm = alarm

    def at(self, route: Route) -> "Scoring":
        """Give the same for a *route* of its own."""
        other = copy.copy(self)
        other._methods = frozenset(method.encode() for method in route.methods)  # noqa: SLF001  of the same class
        other.error_key = route.error_key
        other._score = route.handle  # noqa: SLF001
        other._keys = None if route.is_open else self._keys  # noqa: SLF001
        return other

    def takes(self, method: bytes, request: Mapping[bytes, bytes]) -> bool:
        """Say whether the model understands *method*; a browser that asks whether it may ask is not its business."""
        if method == b"OPTIONS" and self._envelope.cors is not None and b"access-control-request-method" in request:
            return False
        return method in self._methods

    def admit(self, request: Mapping[bytes, bytes]) -> bytes | Answer:
        """
        Look at the headers of a *request* before its body is read: strangers may not fill the memory.

        Gives the header lines that its answer will carry, or the answer that refuses it.
        """
        try:
            fields = self._envelope.fields(request)
        except HeaderTooLongError as error:
            return self._envelope.wrap(request, error)
        if self._keys is not None and not self._keys.allows(request.get(b"authorization", b"").decode("latin-1")):
            return self._refusal(NotAuthorizedError(), fields)
        length = request.get(b"content-length", b"0")
        if len(length) > 1 and int(length) > self._limits.body_mb * MEGABYTE:
            return self._refusal(BodyTooLargeError(self._limits.body_mb), fields)
        return fields

    def answer(self, request: ScoreRequest, fields: bytes) -> Answer:
        """Call the model, on the main thread; *fields* go along. Raises nothing: failures are answers."""
        began = time.perf_counter()
        try:
            try:
                self._alarm.start()
                result = self._score(request)
            finally:
                self._alarm.stop()
            took_ms = (time.perf_counter() - began) * 1000
            if isinstance(result, Answer):
                result.fields += b"x-ms-run-fn-exec-ms: %.3f\r\n%b" % (took_ms, fields)
                return result
            lines = b"%b%bx-ms-run-fn-exec-ms: %.3f\r\n%b" % (JSON, SUCCEEDED, took_ms, fields)
            return Answer(200, lines, to_json(result))
        except ResultNotSerializableError as error:
            _log.exception("the result cannot be expressed as JSON")
            return self._refusal(error, fields)
        except ScoringError as error:
            return self._refusal(error, fields)
        except TimesUp:
            _log.exception("run() was ended after %d ms", self._alarm.timeout_ms)
            timeout = ScoringTimeoutError(self._alarm.timeout_ms, self._limits.timeout_status)
            return self._refusal(timeout, fields)
        except Exception:  # noqa: BLE001  whatever it is, the caller gets an answer and the log the traceback
            _log.exception("scoring failed")
            return self._refusal(ResultNotSerializableError(), fields)

    def _refusal(self, error: ScoringError, fields: bytes) -> Answer:
        answer = error_answer(error, self.error_key)
        answer.fields += fields
        return answer
