"""What goes wrong while starting or while answering; every answer's error knows its status."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import ClassVar, Final

LONGEST_REASON: Final = 1000


class StartError(Exception):
    """The server cannot start. The text is one line that says why."""


class SettingsError(StartError):
    """Flags or environment are wrong: every wrong one, in one line."""


class ScoringError(Exception):
    """A request is answered with an error; the text is for the caller."""

    status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR
    run_function_failed: ClassVar[bool] = False
    headers: tuple[tuple[str, str], ...] = ()
    closes: ClassVar[bool] = False
    """The connection cannot be used again."""


class BadInputError(ScoringError):
    """The request cannot be read as the model's input. A text longer than 1,000 characters is cut: it quotes input."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= LONGEST_REASON else f"{message[:LONGEST_REASON]}...")


class NotAuthorizedError(ScoringError):
    """No key, or one that is not known."""

    status = HTTPStatus.UNAUTHORIZED
    headers = (("www-authenticate", "Bearer"),)

    def __init__(self) -> None:
        super().__init__("Send one of the service's keys in the header 'Authorization: Bearer <key>'.")


class BodyTooLargeError(ScoringError):
    """The body is larger than the server reads."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    closes = True  # what is still to come of the body is not read

    def __init__(self, limit_mb: int) -> None:
        super().__init__(f"The request body must not exceed {limit_mb} MB.")


class NotFoundError(ScoringError):
    """No such route. The text is Azure ML's."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling "
            "and try again."
        )


class MethodNotAllowedError(ScoringError):
    """The route has no such method. The text is Azure ML's."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__("The method is not allowed for the requested URL.")


class SwaggerVersionError(ScoringError):
    """The document is not available in that version."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, version: str, supported: Iterable[str], *, is_known: bool) -> None:
        listed = ", ".join(supported)
        if is_known:
            reason = f"is not supported for the scoring script. Supported swagger versions: [{listed}]."
        else:
            reason = f"is not valid. Supported versions: [{listed}]."
        super().__init__(f"Swagger version [{version}] {reason}")


class HeaderTooLongError(ScoringError):
    """A request id has more than 100 characters."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE

    def __init__(self, names: Iterable[str], limit: int, request_id: bytes = b"") -> None:
        super().__init__(f"{' and '.join(names)} must not exceed {limit} characters")
        self.headers = (("x-request-id", request_id.decode("latin-1")),) if request_id else ()


class MalformedRequestError(ScoringError):
    """What came is no HTTP request, or a broken one."""

    status = HTTPStatus.BAD_REQUEST
    closes = True

    def __init__(self) -> None:
        super().__init__("The request is not valid HTTP/1.1.")


class HeadTooLargeError(ScoringError):
    """The request line and the headers are larger than the server reads."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    closes = True

    def __init__(self, limit_kb: int) -> None:
        super().__init__(f"The request's headers must not exceed {limit_kb} KB.")


class RequestTimeoutError(ScoringError):
    """The caller does not send the rest of its request."""

    status = HTTPStatus.REQUEST_TIMEOUT
    closes = True

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time.")


class BusyError(ScoringError):
    """Too many requests wait, or this one has waited too long."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, reason: str, retry_after_s: int) -> None:
        super().__init__(f"{reason}. Try again in {retry_after_s} s.")
        self.headers = (("retry-after", str(retry_after_s)),)


class ScoringTimeoutError(ScoringError):
    """``run()`` took longer than it may. The text is Azure ML's, the status is a setting."""

    run_function_failed = True

    def __init__(self, timeout_ms: int, status: int) -> None:
        super().__init__(f"Scoring timeout after {timeout_ms} ms")
        self.status = HTTPStatus(status)


class UnsupportedMediaTypeError(ScoringError):
    """A declared schema reads JSON only. The text is Azure ML's."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE

    def __init__(self) -> None:
        super().__init__("Expects Content-Type to be application/json")


class RunFailedError(ScoringError):
    """The script's ``run()`` raised; what it raised is in the log only."""

    run_function_failed = True

    def __init__(self) -> None:
        super().__init__("An unexpected error occurred in scoring script. Check the logs for more info.")


class ResultNotSerializableError(ScoringError):
    """``run()`` returned what JSON cannot express."""

    run_function_failed = True

    def __init__(self) -> None:
        super().__init__("An unexpected internal error occurred. Check the logs for more info.")


class ModelFailedError(ScoringError):
    """A model without a script failed for reasons of its own; the log has them."""

    run_function_failed = True

    def __init__(self) -> None:
        super().__init__("The model failed. Check the logs for more info.")


class UnknownModelError(ScoringError):
    """No such model, or no such version of it."""

    status = HTTPStatus.NOT_FOUND


class ModelUnavailableError(ScoringError):
    """A model of several cannot be loaded; the log has the reason."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    run_function_failed = True
    headers = (("retry-after", "30"),)

    def __init__(self, name: str) -> None:
        super().__init__(f"Model {name!r} cannot be loaded. Check the logs for more info.")
