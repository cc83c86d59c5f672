"""
``python -m modelport_scoring.health``: exit code 0 when the server of this container answers, else 1.

For images without a shell and without curl.
"""

import os
import socket
import sys
import time
from typing import Final

from modelport_scoring.wire import HEALTH_PATH, LISTEN_PORT, PORT

LIMIT_S: Final = 2.0
"""For all of it: a probe that hangs tells nothing."""
_HEALTHY: Final = b"HTTP/1.1 200"


def ask(port: int) -> None:
    """Ask the server on *port*. Raises `OSError` when it does not answer in time, or with another status."""
    end = time.monotonic() + LIMIT_S
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as connection:
        connection.sendall(f"GET {HEALTH_PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while len(answer) < len(_HEALTHY):
            connection.settimeout(max(0.001, end - time.monotonic()))
            chunk = connection.recv(len(_HEALTHY) - len(answer))
            if not chunk:
                break
            answer += chunk
    if answer != _HEALTHY:
        msg = f"answered {answer.decode('latin-1')!r}"
        raise OSError(msg)


def main() -> int:
    """Say on standard error what is wrong, if anything is."""
    text = os.environ.get(LISTEN_PORT) or str(PORT)
    try:
        ask(int(text))
    except (OSError, ValueError, OverflowError) as error:
        sys.stderr.write(f"port {text}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
