"""Which pages of other origins a browser lets read the answers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from modelport_scoring.answer import HTML, Answer, field

EVERYBODY: Final = "*"
LONGEST_PREFLIGHT_S: Final = 600


class Cors:
    """Answers to *origins*, compared as texts; ``*`` is any."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origin.encode("latin-1", "replace") for origin in origins)
        self._is_open = EVERYBODY in origins
        self._varies = b"vary: Origin\r\n" if len(self._origins) > 1 and not self._is_open else b""

    def fields(self, request: Mapping[bytes, bytes]) -> bytes:
        """Give the header lines for an answer to a request with the headers *request*."""
        if self._is_open:
            return b"access-control-allow-origin: *\r\n"
        origin = request.get(b"origin")
        if origin in self._origins:
            return b"access-control-allow-origin: %b\r\n%b" % (origin, self._varies)
        return self._varies

    def preflight(self, request: Mapping[bytes, bytes], methods: Sequence[str]) -> Answer | None:
        """Answer a browser that asks whether it may ask; None when that is not what it does."""
        if b"access-control-request-method" not in request or b"origin" not in request:
            return None
        if not self._is_open and request[b"origin"] not in self._origins:
            return None
        lines = field("access-control-allow-methods", ", ".join(methods))
        lines += field("access-control-max-age", str(LONGEST_PREFLIGHT_S))
        asked = request.get(b"access-control-request-headers")
        if asked:
            lines += b"access-control-allow-headers: %b\r\n" % asked
        return Answer(HTTPStatus.OK, HTML + lines, b"")
