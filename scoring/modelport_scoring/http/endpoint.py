"""What all connections of a server share."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from uvicorn.server import ServerState

from modelport_scoring.envelope import Envelope
from modelport_scoring.http.access import AccessLog
from modelport_scoring.limits import Limits
from modelport_scoring.main_thread import MainThread
from modelport_scoring.scoring import Scoring

STATUS_LINES: Final = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}


class LeavingState(ServerState):
    """What uvicorn lets the connections of a server share, and whether they shall close when they can."""

    leaving = False
    _dated: tuple[object, bytes] = (None, b"")

    @property
    def default_fields(self) -> bytes:
        """Header lines of every answer: the date. uvicorn makes a new list of them each second."""
        if self._dated[0] is not self.default_headers:
            lines = b"".join(b"%b: %b\r\n" % each for each in self.default_headers)
            self._dated = self.default_headers, lines
        return self._dated[1]


@dataclass(frozen=True)
class Endpoint:
    """
    A server as its connections see it.

    Without *scoring* every request is for the ASGI application.
    """

    scoring: Scoring | None = None
    main_thread: MainThread = field(default_factory=lambda: MainThread(Limits()))
    envelope: Envelope = field(default_factory=Envelope)
    limits: Limits = field(default_factory=Limits)
    access: AccessLog = field(default_factory=AccessLog)


def status_line(status: int) -> bytes:
    """Give the first line of an answer."""
    return STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
