"""The scoring application, asked as an ASGI server asks it."""

import datetime as dt
import json

import numpy as np
import pytest

from tests.scoring.caller import app_of, ask


def echo(data: str) -> object:
    return data


def test_run_gets_the_body_as_text() -> None:
    """
    The body of a POST reaches run() as text, its result goes back as JSON with id, state and duration.
    """
    response = ask(app_of(echo), body='{"ä": 1}'.encode())

    assert (200, '{"ä": 1}') == (response.status, json.loads(response.body))
    assert "False" == response.headers["x-ms-run-function-failed"]
    assert float(response.headers["x-ms-run-fn-exec-ms"]) >= 0
    assert "application/json" == response.headers["content-type"]
    assert str(len(response.body)) == response.headers["content-length"]


def test_a_query_reaches_run_as_json() -> None:
    """
    Each value of a GET's query is JSON where it can be, text otherwise; repeated names become a list.
    """
    response = ask(app_of(echo), "/score?a=1&b=[1,2]&c=x&d=null&e=1&e=y", method="GET")

    assert {"a": 1, "b": [1, 2], "c": "x", "d": None, "e": [1, "y"]} == json.loads(json.loads(response.body))


def test_run_may_ask_for_the_headers() -> None:
    """
    A parameter `request_headers` receives them with names in title case.
    """

    def run(data: str, request_headers: dict[str, str]) -> object:
        return request_headers

    response = ask(app_of(run), headers=[("x-my-header", "7")])

    assert {"Host": "tested", "Content-Length": "2", "X-My-Header": "7"} == json.loads(response.body)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, b"{}"),
        ("ä", b'"\\u00e4"'),
        ((1, 2), b"[1, 2]"),
        (np.asarray([[1.5]]), b"[[1.5]]"),
        ({"n": np.int64(3), "b": np.bool_(1)}, b'{"n": 3, "b": true}'),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), b'"2026-01-02T03:04:05+00:00"'),
        ([dt.date(2026, 1, 2), dt.time(3, 4)], b'["2026-01-02", "03:04:00"]'),
    ],
)
def test_results_are_json(result: object, text: bytes) -> None:
    """
    Results go through json.dumps as it is, with numpy's values understood.
    """
    assert text == ask(app_of(lambda data: result if data else None)).body


def test_what_run_raises_stays_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """
    The caller gets Azure ML's text, the log the traceback.
    """

    def run(data: str) -> object:
        raise KeyError(data)

    response = ask(app_of(run), body=b"secret")

    assert (500, "True") == (response.status, response.headers["x-ms-run-function-failed"])
    assert "An unexpected error occurred in scoring script. Check the logs for more info." == response.message
    assert "KeyError: 'secret'" in caplog.text


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), BaseException()])
def test_whatever_run_raises_is_its_failure(error: BaseException) -> None:
    """
    sys.exit() in run(), or what no `except Exception` catches, is answered like any other exception.
    """

    def run(data: str) -> object:
        raise error

    response = ask(app_of(run))

    assert (500, "True") == (response.status, response.headers["x-ms-run-function-failed"])


@pytest.mark.parametrize("result", [object(), {1, 2}, b"x"])
def test_a_result_that_is_not_json_is_said(result: object) -> None:
    """
    A result that JSON cannot express is an internal error.
    """
    response = ask(app_of(lambda data: result if data else None))

    assert 500 == response.status
    assert "An unexpected internal error occurred. Check the logs for more info." == response.message


def test_a_body_that_is_not_text_is_refused() -> None:
    """
    A body that is not UTF-8 is the caller's mistake.
    """
    response = ask(app_of(echo), body=b"\xff")

    assert 400 == response.status
    assert response.message.startswith("Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte")


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        ("/", "HEAD", 200),
        ("/", "OPTIONS", 200),
        ("/", "POST", 405),
        ("/score", "OPTIONS", 200),
        ("/score", "HEAD", 405),
        ("/score", "PUT", 405),
        ("/score/", "POST", 404),
        ("/other", "GET", 404),
        ("/swagger.json", "GET", 200),
        ("/swagger.json?version=2.0", "GET", 200),
        ("/swagger.json?version=7", "GET", 404),
    ],
)
def test_routes_and_methods(path: str, method: str, status: int) -> None:
    """
    The three routes answer as in Azure ML's server; every answer carries a request id.
    """
    response = ask(app_of(echo), path, method=method)

    assert status == response.status
    assert "x-request-id" in response.headers


def test_health_is_a_word() -> None:
    """
    The health route answers `Healthy` as HTML.
    """
    response = ask(app_of(echo), "/", method="GET")

    assert (b"Healthy", "text/html; charset=utf-8") == (response.body, response.headers["content-type"])


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        ({"x-request-id": "A"}, ("A", "A", None)),
        ({"x-ms-request-id": "B"}, (None, "B", "B")),
        ({"x-ms-client-request-id": "C"}, (None, "C", "C")),
        ({"x-request-id": "A", "x-ms-request-id": "B"}, ("A", "B", "B")),
        ({"x-request-id": "A", "x-ms-request-id": "B", "x-ms-client-request-id": "C"}, ("A", "B", "C")),
    ],
)
def test_ids_come_back(sent: dict[str, str], back: tuple[str | None, str, str | None]) -> None:
    """
    The ids that were sent come back under the names that Azure ML's clients read.
    """
    headers = ask(app_of(echo), headers=sent.items()).headers

    assert back[0] in {headers["x-request-id"], None}
    assert back[1:] == (headers["x-ms-request-id"], headers.get("x-ms-client-request-id"))


def test_a_long_id_is_refused() -> None:
    """
    An id of more than 100 characters is answered with 431 and not repeated.
    """
    response = ask(app_of(echo), headers=[("x-request-id", "a" * 101)])

    assert (431, "x-request-id must not exceed 100 characters") == (response.status, response.message)
    assert "x-request-id" not in response.headers
    client = ask(app_of(echo), headers=[("x-ms-request-id", "a" * 101)])
    assert "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters" == client.message
    assert "x-request-id" in client.headers


def test_the_document_describes_the_service() -> None:
    """
    The Swagger document has Azure ML's routes and definitions, the service's name and version.
    """
    document = json.loads(ask(app_of(echo), "/swagger.json", method="GET").body)

    assert ("tested", "2.0") == (document["info"]["title"], document["info"]["version"])
    assert ["/", "/score", "/swagger.json"] == list(document["paths"])
    assert {"type": "object", "example": {}} == document["definitions"]["ServiceInput"]
