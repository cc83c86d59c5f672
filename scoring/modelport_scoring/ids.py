"""The ids of a request: those that came with it, or a new one."""

import random
from collections.abc import Mapping
from typing import Final

from modelport_scoring.errors import HeaderTooLongError

LONGEST: Final = 100
_random: Final = random.Random()  # noqa: S311  not a secret; our own, because a script may seed the module's


def new_id() -> bytes:
    """Give a random UUID (version 4), without the cost of `uuid.uuid4`."""
    digits = b"%032x" % _random.getrandbits(128)
    variant = b"89ab"[digits[16] & 3 : (digits[16] & 3) + 1]
    return b"%b-%b-4%b-%b%b-%b" % (digits[:8], digits[8:12], digits[13:16], variant, digits[17:20], digits[20:])


def id_fields(fields: Mapping[bytes, bytes]) -> bytes:
    """
    Give the header lines that carry the ids back. *fields*: the request's headers, names in lowercase.

    Raises `HeaderTooLongError`.
    """
    request_id = fields.get(b"x-request-id")
    old_id = fields.get(b"x-ms-request-id")
    client_id = fields.get(b"x-ms-client-request-id") or old_id
    trace = fields.get(b"traceid")
    if not request_id:
        request_id = new_id()
    elif len(request_id) > LONGEST:
        raise HeaderTooLongError(("x-request-id",), LONGEST)
    lines = b"x-request-id: %b\r\nx-ms-request-id: %b\r\n" % (request_id, old_id or client_id or request_id)
    if client_id:
        if len(client_id) > LONGEST or (old_id and len(old_id) > LONGEST):
            raise HeaderTooLongError(("x-ms-request-id", "x-ms-client-request-id"), LONGEST, request_id)
        lines += b"x-ms-client-request-id: %b\r\n" % client_id
    return lines + b"traceid: %b\r\n" % trace if trace else lines
