"""What every answer carries: ids, the server's version, who may read it."""

from collections.abc import Mapping

from modelport_scoring.answer import Answer, error_answer, field
from modelport_scoring.cors import Cors
from modelport_scoring.errors import HeaderTooLongError, ScoringError
from modelport_scoring.ids import id_fields


class Envelope:
    """Header lines for answers. *version* empty: the server does not name itself; *cors* None: no browser is let in."""

    def __init__(self, *, version: str = "", cors: Cors | None = None) -> None:
        self._version = field("x-ms-server-version", version) if version else b""
        self.cors = cors

    def fields(self, request: Mapping[bytes, bytes]) -> bytes:
        """Give the lines that go back to a request with the headers *request*. Raises `HeaderTooLongError`."""
        lines = id_fields(request) + self._version
        return lines + self.cors.fields(request) if self.cors is not None else lines

    def wrap(self, request: Mapping[bytes, bytes], error: ScoringError) -> Answer:
        """Make a whole answer of *error*."""
        answer = error_answer(error)
        try:
            answer.fields += self.fields(request)
        except HeaderTooLongError:
            answer.fields += self._version
        return answer
