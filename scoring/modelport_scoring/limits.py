"""What a server allows: sizes, times, queues."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from modelport_scoring import wire


@dataclass(frozen=True)
class Limits:
    """Bounds of requests and of their scoring. The defaults are those of a bare server."""

    scoring_timeout_ms: int = 3_600_000
    """What one call of ``run()`` may take."""
    timeout_status: int = 500
    """Answered when it took longer: 500 as Azure ML's server, or 504 as its router."""
    queue_length: int = 1000
    """Requests that may wait for the call before them."""
    queue_wait_ms: int = 60_000
    """How long one may wait."""
    body_mb: int = 100
    """What Azure ML lets through to a container."""
    head_kb: int = 64
    """Request line and headers together."""
    keep_alive_s: float = 300.0
    """Longer than load balancers keep idle connections (Azure's: 240 s), so that they never reuse one just closed."""
    head_s: float = 30.0
    """From the first byte of a request to the end of its headers."""
    body_s: float = 60.0
    """For each 64 KB of a body, and for the rest of it."""
    write_s: float = 60.0
    """How long a caller may read nothing of an answer."""


@dataclass(frozen=True)
class Bound:
    """Which variable of the environment sets a limit, and to what it may."""

    variable: str
    low: float
    high: float
    unit: str = ""

    def accepts(self, value: float) -> bool:
        """Say whether *value* is allowed."""
        return self.low <= value <= self.high

    @property
    def rule(self) -> str:
        """What is allowed, in words."""
        return f"from {self.low:g} to {self.high:,}{self.unit and ' '}{self.unit}"


_DAY_S: Final = 24 * 3600.0

BOUNDS: Final[Mapping[str, Bound]] = {
    "scoring_timeout_ms": Bound(wire.SCORING_TIMEOUT, 1, 24 * 3_600_000, "ms"),
    "timeout_status": Bound(wire.TIMEOUT_STATUS, 500, 504),
    "queue_length": Bound(wire.QUEUE_LENGTH, 1, 100_000, "requests"),
    "queue_wait_ms": Bound(wire.QUEUE_WAIT, 1, 24 * 3_600_000, "ms"),
    "body_mb": Bound(wire.BODY_LIMIT, 1, 2048, "MB"),
    "head_kb": Bound(wire.HEAD_LIMIT, 1, 1024, "KB"),
    "keep_alive_s": Bound(wire.KEEP_ALIVE, 1.0, _DAY_S, "s"),
    "head_s": Bound(wire.HEAD_TIMEOUT, 1.0, _DAY_S, "s"),
    "body_s": Bound(wire.BODY_TIMEOUT, 1.0, _DAY_S, "s"),
    "write_s": Bound(wire.WRITE_TIMEOUT, 1.0, _DAY_S, "s"),
}
"""One for each field of `Limits`. Times are looked at once a second."""
