"""Numbers of a local service: each one's default and bounds, in one place for settings and provider."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limit:
    """A number's *default* and bounds, both included; *low* is left out when *above* is set."""

    default: int
    low: int
    high: int
    above: bool = False

    def problem(self, value: float) -> str | None:
        """Say how *value* breaks the bounds; ``None`` when it does not."""
        if (value > self.low or (value == self.low and not self.above)) and value <= self.high:
            return None
        return f"{value:g} is out of range; give {'more than ' if self.above else ''}{self.low} to {self.high}"


WORKERS: Final = Limit(1, 1, 256)
READY_TIMEOUT_S: Final = Limit(60, 0, 3600, above=True)
"""Loading a model of many gigabytes from a slow disk takes minutes; an hour is a hang."""
DRAIN_TIMEOUT_S: Final = Limit(30, 0, 3600)
LOG_MAX_MB: Final = Limit(10, 1, 10240)
LOG_BACKUPS: Final = Limit(3, 0, 1000)
CPU: Final = Limit(1, 0, 1024, above=True)
MEMORY_MB: Final = Limit(1024, 64, 16 * 1024 * 1024)
"""Less than 64 MB does not hold the runtime."""
