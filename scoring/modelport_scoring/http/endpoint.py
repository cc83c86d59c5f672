"""What all connections of a server share."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from uvicorn.server import ServerState

from modelport_scoring.envelope import Envelope
from modelport_scoring.http.access import AccessLog
from modelport_scoring.http.target import path_of
from modelport_scoring.limits import Limits
from modelport_scoring.main_thread import MainThread
from modelport_scoring.route import FindRoute, no_route
from modelport_scoring.scoring import Scoring
from modelport_scoring.wire import SCORE_PATH

_SCORE: Final = SCORE_PATH.encode()
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
    find_route: FindRoute = no_route

    def scoring_of(self, target: bytes) -> Scoring | None:
        """Give what scores at *target*, or None: such requests are for the ASGI application."""
        if self.scoring is None:
            return None
        path = target.partition(b"?")[0]
        if path == _SCORE:
            return self.scoring
        if path == b"/":
            return None
        text = path_of(target)  # the few that write /score otherwise pay for it
        if text == SCORE_PATH:
            return self.scoring
        route = self.find_route(text)
        return self.scoring.at(route) if route is not None and route.calls_model else None


def status_line(status: int) -> bytes:
    """Give the first line of an answer."""
    return STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
