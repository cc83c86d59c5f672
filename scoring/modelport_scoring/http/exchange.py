"""One request, and the answer that is owed for it."""

from typing import TYPE_CHECKING, Final

from modelport_scoring.answer import MESSAGE, Answer, error_answer
from modelport_scoring.errors import ScoringError
from modelport_scoring.scorer import Fields, ScoreRequest

if TYPE_CHECKING:
    import asyncio

    from modelport_scoring.http.connection import Connection
    from modelport_scoring.scoring import Scoring

CHUNKED: Final = -1
"""Length of a body that does not say how long it is."""


class Exchange:
    """A `modelport_scoring.main_thread.Call`, if it is one to ``/score``."""

    __slots__ = (
        "answer",
        "began",
        "connection",
        "fields",
        "is_answered",
        "is_dropped",
        "is_read",
        "keep_alive",
        "method",
        "out",
        "parts",
        "refusal",
        "scoring",
        "size",
        "target",
        "waiter",
    )

    def __init__(
        self,
        connection: "Connection",
        method: bytes,
        target: bytes,
        fields: dict[bytes, bytes],
        *,
        keep_alive: bool,
        began: float,
    ) -> None:
        self.connection = connection
        self.method = method
        self.target = target
        self.fields = fields
        """Headers, names in lowercase."""
        self.keep_alive = keep_alive
        self.began = began
        self.parts: list[bytes] = []
        self.size = 0
        self.is_read = False
        """The whole body is there."""
        self.scoring: Scoring | None = None
        """Set when this is a request to ``/score`` that the model understands."""
        self.is_answered = False
        self.is_dropped = False
        """What comes of the body is not kept: the answer does not need it."""
        self.refusal: Answer | None = None
        self.answer: Answer | None = None
        self.waiter: asyncio.Event | None = None
        """Of an application that wants to know when the body is there, or nobody waits for an answer any more."""
        self.out = b""
        """Header lines that the answer carries."""

    @property
    def body(self) -> bytes:
        """What was read."""
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)

    @property
    def length(self) -> int:
        """What its header says of its body: bytes, or `CHUNKED`."""
        if b"transfer-encoding" in self.fields:
            return CHUNKED
        return int(self.fields.get(b"content-length") or 0)

    @property
    def connection_field(self) -> bytes:
        """The header line for a connection that is kept: callers of HTTP/1.0 ask to be told."""
        asks = self.fields.get(b"connection", b"").lower() == b"keep-alive"
        return b"connection: keep-alive\r\n" if asks else b""

    def may_go_on(self, most: int) -> bool:
        """Say whether another request may follow: the rest of this one is short (bytes), and will come."""
        if self.is_read:
            return True
        return b"expect" not in self.fields and 0 <= self.length <= most

    def end(self) -> None:
        """Note that the body is there."""
        self.is_read = True
        if self.waiter is not None:
            self.waiter.set()

    def leave(self) -> None:
        """Note that the caller is gone: nobody waits for an answer."""
        self.is_answered = True
        if self.waiter is not None:
            self.waiter.set()

    @property
    def is_wanted(self) -> bool:
        """The caller is still there, and has no answer yet."""
        return not self.is_answered

    def execute(self) -> None:
        """Call the model, on the main thread."""
        assert self.scoring is not None  # noqa: S101  for the type checker: nothing else is executed
        query = self.target.partition(b"?")[2].decode("latin-1")
        request = ScoreRequest(self.method.decode(), query, Fields(self.fields), self.body)
        self.answer = self.scoring.answer(request, self.out)

    def refuse(self, error: ScoringError) -> None:
        """Answer with *error*, whatever the model says later."""
        if not self.is_answered:
            self.connection.finish(self, self.worded(error))

    def worded(self, error: ScoringError) -> Answer:
        """Make a whole answer of *error*, in the words of the route."""
        answer = error_answer(error, MESSAGE if self.scoring is None else self.scoring.error_key)
        answer.fields += self.out
        return answer

    def deliver(self) -> None:
        """Send what the model said."""
        if not self.is_answered and self.answer is not None:
            self.connection.finish(self, self.answer)
