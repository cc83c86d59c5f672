"""The real provider, which at a chosen moment of its work ends the engine, as `kill -9` or Ctrl-C would."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelport.provider.serve import serve
from modelport.provider.servicer import Servicer

MOMENT = os.environ.get("KILL_MOMENT", "")
"""``before <call>``, ``after <call>`` or ``line <beginning of a line of progress>``; empty: never."""
SIGNAL = os.environ.get("KILL_SIGNAL", "KILL")
ALSO_PROVIDER = os.environ.get("KILL_PROVIDER", "")
MARK = Path(os.environ.get("KILL_MARK", os.devnull))
"""File that is made when the moment has come."""
LOG = os.environ.get("KILL_LOG", "")
"""File that names every call, one a line, when no moment is chosen."""
CALLS = ("Check", "Diff", "Create", "Update", "Delete")


def end_engine_at(moment: str) -> None:
    """End the engine's process group when this is the chosen *moment*, once; the provider itself is in another."""
    if not MOMENT or not moment.startswith(MOMENT) or MARK.exists():
        return
    MARK.touch()
    os.killpg(os.getpgid(os.getppid()), signal.Signals[f"SIG{SIGNAL}"])
    if ALSO_PROVIDER:
        os.kill(os.getpid(), signal.SIGKILL)


def watched(name: str) -> Callable[..., Any]:
    """Wrap the call *name* of the protocol."""
    original = getattr(Servicer, name)

    def call(self: Servicer, request: Any, context: object) -> Any:  # noqa: ANN401 - each call has its own messages
        kind, resource = request.urn.split("::")[2].rpartition(":")[2], request.urn.split("::")[3]
        planning = "preview " if getattr(request, "preview", False) else ""
        if LOG:
            with Path(LOG).open("a") as log:
                log.write(f"{planning}{name} {kind} {resource}\n")
        end_engine_at(f"before {planning}{name} {kind} {resource}")
        answer = original(self, request, context)
        end_engine_at(f"after {planning}{name} {kind} {resource}")
        return answer

    return call


def main() -> None:
    """Serve, with every call watched."""
    log = Servicer._log

    def watched_log(self: Servicer, urn: str, kind: str, line: str) -> None:
        log(self, urn, kind, line)
        end_engine_at(f"line {line}")

    setattr(Servicer, "_log", watched_log)  # noqa: B010 - a type checker refuses to see a method replaced
    for name in CALLS:
        setattr(Servicer, name, watched(name))
    serve()


if __name__ == "__main__":
    main()
