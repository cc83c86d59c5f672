"""uvicorn's HTTP class, taught to leave without losing a request."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState


class LeavingState(ServerState):
    """What the connections of a server share, and whether they shall close when they can."""

    leaving = False


class LeavingProtocol(HttpToolsProtocol):
    """
    A connection that can be told to leave.

    From then on the last answer it owes says ``Connection: close``; while it is idle it waits for one more request
    until `close_if_idle`. Plain uvicorn closes idle connections at once, into requests that are just under way.
    """

    server_state: LeavingState
    _head_begun = False

    @property
    def is_fresh(self) -> bool:
        """Nothing has been asked on it yet."""
        return self.scope is None

    def leave(self) -> None:
        """Let the last answer that is owed say that it is."""
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def close_if_idle(self) -> None:
        """Close unless a request is being read or answered."""
        if not self._head_begun and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self.transport.abort()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._head_begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Make this answer the last one when leaving."""
        earlier = self.cycle
        super().on_headers_complete()
        self._head_begun = False
        if self.server_state.leaving:
            if earlier is not None and not earlier.response_started:
                earlier.keep_alive = True  # pipelined: this one is the last, not that one
            self.cycle.keep_alive = False
