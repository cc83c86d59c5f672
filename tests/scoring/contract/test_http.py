"""Routes, headers and failures of the contract (`docs/contract.md`, C1 to C3), and the scripts' side of it (C4)."""

import json
import re
import threading
import time

import pytest

from tests.scoring.contract.conftest import JSON, Starter

pytestmark = pytest.mark.slow

ECHO = """
    import os, time
    def init(): print("init was called")
    def run(data):
        if data == "raise": raise KeyError("secret of the script")
        if data == "exit": raise SystemExit(1)
        if data == "set": return {1}
        if data == "nan": return float("nan")
        if data == "none": return None
        if data == "tuple": return "a", 500
        if data == "umlaut": return {"b": "ä", "a": 1}
        if data == "printed": print("said by the script")
        return data
"""
HEADERS = """
    def init(): pass
    def run(data, request_headers): return [type(request_headers).__name__, request_headers]
"""
NOT_FOUND = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
FAILED = "x-ms-run-function-failed"
IDS = ("x-request-id", "x-ms-request-id", "x-ms-client-request-id")
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_health(start: Starter) -> None:
    """
    C1.1: `GET /` answers the seven bytes `Healthy` as HTML; HEAD as well, without them.
    """
    get, head = start(ECHO).ask("/"), start(ECHO).ask("/", method="HEAD")

    assert (200, b"Healthy", "text/html; charset=utf-8") == (get.status, get.body, get.headers["content-type"])
    assert (200, b"") == (head.status, head.body)


@pytest.mark.parametrize("path", ["/", "/swagger.json"])
def test_options(start: Starter, path: str) -> None:
    """
    C1.2: OPTIONS of health and document is empty and lists GET, HEAD and OPTIONS.
    """
    reply = start(ECHO).ask(path, method="OPTIONS")

    assert (200, b"", {"GET", "HEAD", "OPTIONS"}) == (reply.status, reply.body, set(reply.headers["allow"].split(", ")))


def test_options_of_scoring(start: Starter) -> None:
    """
    C1.3: OPTIONS of `/score` is empty; run() is not called.
    """
    reply = start(ECHO).ask(method="OPTIONS")

    assert (200, b"") == (reply.status, reply.body)
    assert "x-ms-run-fn-exec-ms" not in reply.headers


@pytest.mark.parametrize(
    ("path", "method"), [("/score", "PUT"), ("/score", "DELETE"), ("/", "POST"), ("/swagger.json", "POST")]
)
def test_other_methods(start: Starter, path: str, method: str) -> None:
    """
    C1.4: a method that a route lacks is answered with 405 in JSON; HEAD of `/score` is one.
    """
    reply = start(ECHO).ask(path, method=method, headers={"Content-Length": "0"})

    assert (405, "The method is not allowed for the requested URL.") == (reply.status, reply.message)
    assert ("application/json", "False") == (reply.headers["content-type"], reply.headers[FAILED])
    assert 405 == start(ECHO).ask(method="HEAD").status


@pytest.mark.parametrize("path", ["/score/", "/nowhere", "/Score"])
def test_unknown_routes(start: Starter, path: str, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C1.5: any other path is answered with 404 in JSON. Here it carries ids.
    """
    reply = start(ECHO).ask(path)

    assert (404, NOT_FOUND, "False") == (reply.status, reply.message, reply.headers[FAILED])
    assert is_peer is not ("x-request-id" in reply.headers)


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        ("---", ("new", "new", "-")),
        ("A--", ("A", "A", "-")),
        ("-B-", ("new", "B", "B")),
        ("--C", ("new", "C", "C")),
        ("AB-", ("A", "B", "B")),
        ("A-C", ("A", "C", "C")),
        ("-BC", ("new", "B", "C")),
        ("ABC", ("A", "B", "C")),
    ],
)
@pytest.mark.parametrize("path", ["/score", "/", "/swagger.json"])
def test_ids(start: Starter, sent: str, back: tuple[str, str, str], path: str) -> None:
    """
    C2.1: the ids that were sent come back, a new one where there was none, under the three names.
    """
    headers = {name: letter for name, letter in zip(IDS, sent, strict=True) if letter != "-"}
    reply = start(ECHO).ask(path, headers=headers)
    found = [reply.headers.get(name, "-") for name in IDS]

    assert list(back) == [{found[0]: "new"}.get(each, each) if "A" not in sent else each for each in found]


def test_new_ids(start: Starter) -> None:
    """
    C2.2: a new id is a UUID of version 4, another one each time.
    """
    ids = [start(ECHO).ask().headers["x-request-id"] for _ in range(5)]

    assert [] == [each for each in ids if not re.fullmatch(UUID4, each)]
    assert 5 == len(set(ids))


def test_long_ids(start: Starter) -> None:
    """
    C2.3: an id may have 100 characters; a longer one is answered with 431 and does not come back.
    """
    server = start(ECHO)
    request, client = server.ask(headers={IDS[0]: "a" * 101}), server.ask(headers={IDS[2]: "c" * 101, IDS[0]: "A"})

    assert 200 == server.ask(headers=dict.fromkeys(IDS, "a" * 100)).status
    assert (431, "x-request-id must not exceed 100 characters") == (request.status, request.message)
    assert (431, "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters") == (
        client.status,
        client.message,
    )
    assert [False, False, False] == [name in request.headers for name in IDS]
    assert ["A", None, None] == [client.headers.get(name) for name in IDS]


def test_trace_id(start: Starter) -> None:
    """
    C2.4: the header `TraceId` comes back.
    """
    assert "t-1" == start(ECHO).ask(headers={"TraceId": "t-1"}).headers["traceid"]


def test_server_version(start: Starter) -> None:
    """
    C2.5: the server names itself in `x-ms-server-version`, unless SERVER_VERSION_LOG_RESPONSE_ENABLED is not `true`.
    """
    silent = start(ECHO, environment={"SERVER_VERSION_LOG_RESPONSE_ENABLED": "false"})

    assert re.fullmatch(r"\w+/\d+\.\d+\.\d+", start(ECHO).ask().headers["x-ms-server-version"])
    assert "x-ms-server-version" not in silent.ask().headers


def test_duration(start: Starter) -> None:
    """
    C2.6: a result carries the milliseconds of run() with three decimals, and that run() did not fail.
    """
    headers = start(ECHO).score("x").headers

    assert re.fullmatch(r"\d+\.\d{3}", headers["x-ms-run-fn-exec-ms"])
    assert ("False", "application/json") == (headers[FAILED], headers["content-type"])


def test_health_does_not_speak_of_run(start: Starter) -> None:
    """
    C2.7: health says nothing of run(); the document says that it did not fail.
    """
    assert [False, True] == [FAILED in start(ECHO).ask(path).headers for path in ("/", "/swagger.json")]


@pytest.mark.parametrize("body", ["raise", "exit"])
def test_run_raises(start: Starter, body: str, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C3.1: what run() raises is answered with 500 and one text; its own words are in the log only. Here sys.exit too.
    """
    if is_peer and body == "exit":
        pytest.skip("the peer answers with a page of its web server")
    server = start(ECHO)
    reply = server.ask(body=body)

    assert (500, "True") == (reply.status, reply.headers[FAILED])
    assert "An unexpected error occurred in scoring script. Check the logs for more info." == reply.message
    assert "x-ms-run-fn-exec-ms" not in reply.headers
    assert "secret of the script" in server.log.read_text() or body == "exit"


def test_result_that_is_not_json(start: Starter, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C3.2: a result that json.dumps refuses is an internal error. Here it is told as the script's failure.
    """
    reply = start(ECHO).ask(body="set")

    assert (500, "False" if is_peer else "True") == (reply.status, reply.headers[FAILED])
    assert "An unexpected internal error occurred. Check the logs for more info." == reply.message


def test_scoring_timeout(start: Starter) -> None:
    """
    C3.3: a call that takes longer than SCORING_TIMEOUT_MS is ended and answered with 500; the next one is made.
    """
    script = """
        import time
        def init(): pass
        def run(data):
            if data == "long":
                for _ in range(100): time.sleep(0.1)
            return data
    """
    server = start(script, environment={"SCORING_TIMEOUT_MS": "300"})
    began = time.monotonic()
    reply = server.ask(body="long")

    assert (500, "Scoring timeout after 300 ms", "True") == (reply.status, reply.message, reply.headers[FAILED])
    assert time.monotonic() - began < 3
    assert b'"x"' == server.ask(body="x").body


def test_body_that_is_not_text(start: Starter) -> None:
    """
    C3.4: a body that is not UTF-8 is answered with 400 and the place.
    """
    reply = start(ECHO).ask(body=b"\xff")

    assert (400, "False") == (reply.status, reply.headers[FAILED])
    assert (
        "Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
        == reply.message
    )


def test_not_a_number(start: Starter) -> None:
    """
    C3.5: NaN goes out as that word.
    """
    assert (200, b"NaN") == ((reply := start(ECHO).ask(body="nan")).status, reply.body)


@pytest.mark.parametrize("sent", ["", "text", '{"a": 1}', "ä"])
def test_text_of_the_body(start: Starter, sent: str, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C4.1: an undecorated run() gets the body as text, whatever its type says, an empty one too. Here a form as well.
    """
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert sent == start(ECHO).ask(body=sent, headers={"Content-Type": "text/plain"}).json
    assert ("" if is_peer else sent) == start(ECHO).ask(body=sent, headers=form).json


def test_query(start: Starter) -> None:
    """
    C4.2: a GET gives the query as a JSON text: values as JSON or text, repeated names as a list; a POST's is ignored.
    """
    server = start(ECHO)

    assert {"a": 1, "b": [1, 2], "c": "x", "d": None} == json.loads(server.ask("/score?a=1&b=[1,2]&c=x&d=null").json)
    assert {"e": [1, "y"], "f": ""} == json.loads(server.ask("/score?e=1&e=y&f=").json)
    assert "{}" == server.ask("/score").json
    assert "x" == server.ask("/score?a=1", "x").json


def test_request_headers(start: Starter) -> None:
    """
    C4.3: a parameter `request_headers` gets a dictionary of the headers, names in title case.
    """
    kind, headers = start(HEADERS).ask(body="x", headers={"x-my-header": "7", "AUTHORIZATION": "Bearer z"}).json

    assert ("dict", "7", "Bearer z") == (kind, headers["X-My-Header"], headers["Authorization"])


@pytest.mark.parametrize(
    ("asked", "body"),
    [("none", b"{}"), ("text", b'"text"'), ("tuple", b'["a", 500]'), ("umlaut", b'{"b": "\\u00e4", "a": 1}')],
)
def test_results(start: Starter, asked: str, body: bytes) -> None:
    """
    C4.4: a result goes through json.dumps with its defaults; None is an empty object, a tuple no status.
    """
    assert (200, body) == ((reply := start(ECHO).ask(body=asked)).status, reply.body)


def test_one_call_at_a_time_on_the_main_thread(start: Starter) -> None:
    """
    C4.5: init() and run() execute on the main thread of their process.
    """
    script = """
        import threading
        def init():
            global first
            first = threading.current_thread() is threading.main_thread()
        def run(data): return [first, threading.current_thread() is threading.main_thread()]
    """

    assert [True, True] == start(script).score(1).json


@pytest.mark.parametrize(
    ("signature", "text"),
    [
        ("data, *more", "run() cannot accept positional-only arguments, *args, or **kwargs."),
        ("data, **more", "run() cannot accept positional-only arguments, *args, or **kwargs."),
        ("data, /", "run() cannot accept positional-only arguments, *args, or **kwargs."),
        ("", "run() needs to accept an argument for input data."),
        ("request_headers", 'run() needs to accept an argument other than "request_headers".'),
    ],
)
def test_signatures_that_cannot_be_called(start: Starter, signature: str, text: str) -> None:
    """
    C4.6: a run() that cannot be called with input ends the start with exit code 3 and the reason.
    """
    ended = start.ended(f"def init(): pass\ndef run({signature}): pass\n")

    assert (3, True) == (ended.code, text in ended.output)


@pytest.mark.parametrize(
    "script",
    [
        "import nothing_like_this\n",
        "raise SystemExit(0)\n",
        "def init(): pass\n",
        "def run(data): pass\n",
        "def init(): raise KeyError('x')\ndef run(data): pass\n",
        "def init(): raise SystemExit(0)\ndef run(data): pass\n",
        "def init(:\n",
    ],
)
def test_failed_starts(start: Starter, script: str) -> None:
    """
    C4.7: a script that cannot be imported, lacks init() or run(), or whose init() fails ends with exit code 3.
    """
    assert 3 == start.ended(script).code


def test_model_folder_is_listed(start: Starter) -> None:
    """
    C4.8: when init() fails, the log lists what AZUREML_MODEL_DIR holds.
    """
    script = "def init(): raise KeyError('x')\ndef run(data): pass\n"
    ended = start.ended(script, files={"m/deep/weights.bin": ""}, environment={"AZUREML_MODEL_DIR": "ROOT/m"})

    assert "weights.bin" in ended.output


def test_script_below_the_app_root(start: Starter) -> None:
    """
    C4.9: modules in the app root and in AZUREML_SOURCE_DIRECTORY below it can be imported. Here those beside it too.
    """
    script = (
        "import helper_in_root, helper_in_source\ndef init(): pass\n"
        "def run(data): return [helper_in_root.N, helper_in_source.N]\n"
    )
    files = {"helper_in_root.py": "N = 1", "src/helper_in_source.py": "N = 2"}
    server = start(script, files=files, environment={"AZUREML_SOURCE_DIRECTORY": "src"}, entry="deep/score.py")

    assert [1, 2] == server.score(0).json


def test_driver_module(start: Starter) -> None:
    """
    C4.10: where a script holds a module `driver_module` with run(), that one is called.
    """
    script = "import user_module as driver_module\ndef init(): pass\ndef run(data): return 'outer'\n"
    server = start(script, files={"user_module.py": "def run(data): return 'inner'\n"})

    assert "inner" == server.score(0).json


def test_script_is_a_module(start: Starter, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C4.11: the script's module is called `entry_module`. Here it is in sys.modules, so its classes pickle.
    """
    script = "import sys\ndef init(): pass\ndef run(data): return [__name__, 'entry_module' in sys.modules]\n"

    assert ["entry_module", not is_peer] == start(script).score(0).json


def test_print(start: Starter) -> None:
    """
    C10.1: what a script prints is in the log, and so is a line for each request with method, path, status and duration.
    """
    server = start(ECHO)
    server.ask("/score?q=1", "printed")
    deadline = time.monotonic() + 5
    while "POST /score?q=1 200" not in server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    log = server.log.read_text()

    assert "init was called" in log
    assert "said by the script" in log
    assert re.search(r"POST /score\?q=1 200 \d+\.\d{3}ms \d+\n", log)
    assert "GET / 200" not in log


def test_cors(start: Starter, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C9.1: a listed origin comes back with `Vary: Origin`, another does not; errors of scoring carry it too.
    """
    origins = {"AML_CORS_ORIGINS": "https://a.example.com, https://b.example.com"}
    server = start(ECHO, environment=origins)
    listed, other, none = (
        server.ask(body="raise", headers={"Origin": each} if each else {})
        for each in ("https://b.example.com", "https://c.example.com", "")
    )

    assert ("https://b.example.com", "Origin") == (
        listed.headers["access-control-allow-origin"],
        listed.headers["vary"],
    )
    assert (None, 500) == (other.headers.get("access-control-allow-origin"), other.status)
    assert is_peer is ("access-control-allow-origin" in none.headers)


def test_preflight(start: Starter) -> None:
    """
    C9.2: a preflight is answered with the methods and the headers that were asked for, only to a listed origin.
    """
    server = start(ECHO, environment={"AML_CORS_ORIGINS": "https://a.example.com"})
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, x-y"}
    listed = server.ask(method="OPTIONS", headers={"Origin": "https://a.example.com"} | asked)
    other = server.ask(method="OPTIONS", headers={"Origin": "https://c.example.com"} | asked)

    assert (200, "https://a.example.com") == (listed.status, listed.headers["access-control-allow-origin"])
    assert {"GET", "POST"} <= set(listed.headers["access-control-allow-methods"].split(", "))
    assert "content-type, x-y" == listed.headers["access-control-allow-headers"].lower()
    assert (200, False) == (other.status, "access-control-allow-origin" in other.headers)


def test_any_origin(start: Starter) -> None:
    """
    C9.3: `*` lets every origin read.
    """
    server = start(ECHO, environment={"AML_CORS_ORIGINS": "*"})

    reply = server.ask("/", headers={"Origin": "https://z.example.com"})

    assert reply.headers["access-control-allow-origin"] in {"*", "https://z.example.com"}


def test_no_cors(start: Starter) -> None:
    """
    C9.4: without AML_CORS_ORIGINS nothing is added.
    """
    reply = start(ECHO).ask("/", headers={"Origin": "https://z.example.com"})

    assert [] == [name for name in reply.headers if name.startswith("access-control") or name == "vary"]


def test_config_file(start: Starter, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C8.1: `config.json` in the app root sets what the environment does not; the environment wins. Here origins as well.
    """
    sets = {
        "SERVICE_NAME": "from the file",
        "SERVICE_VERSION": "7",
        "SCORING_TIMEOUT_MS": 5000,
        "AML_CORS_ORIGINS": "*",
    }
    server = start(ECHO, files={"config.json": json.dumps(sets)}, environment={"SERVICE_VERSION": "8"})
    reply = server.ask("/swagger.json", headers={"Origin": "https://z.example.com"})

    assert ("from the file", "8") == (reply.json["info"]["title"], reply.json["info"]["version"])
    assert is_peer is not ("access-control-allow-origin" in reply.headers)


def test_named_config_file(start: Starter) -> None:
    """
    C8.2: AZUREML_CONFIG_FILE names another file; one that is not JSON ends the start with exit code 3.
    """
    files = {"mine.json": json.dumps({"SERVICE_NAME": "mine"}), "bad.json": "{"}
    server = start(ECHO, files=files, environment={"AZUREML_CONFIG_FILE": "ROOT/mine.json"})

    assert "mine" == server.ask("/swagger.json").json["info"]["title"]
    assert (
        3
        == start.ended(
            "def init(): pass\ndef run(d): pass\n", files=files, environment={"AZUREML_CONFIG_FILE": "ROOT/bad.json"}
        ).code
    )


def test_wrong_setting(start: Starter) -> None:
    """
    C8.3: a timeout that is no whole number ends the start with exit code 3 and its name.
    """
    ended = start.ended("def init(): pass\ndef run(d): pass\n", environment={"SCORING_TIMEOUT_MS": "soon"})

    assert (3, True) == (ended.code, "SCORING_TIMEOUT_MS" in ended.output)


def test_health_while_scoring(start: Starter, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C5.1: health is static. Here it answers while run() is busy.
    """
    if is_peer:
        pytest.skip("with one worker the peer's probe waits for run()")
    server = start("import time\ndef init(): pass\ndef run(data):\n    time.sleep(1)\n    return 1\n")
    thread = threading.Thread(target=server.ask, kwargs={"body": "x"})
    thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    server.ask("/")
    took = time.monotonic() - began
    thread.join()

    assert took < 0.5


def test_early_requests_wait(start: Starter) -> None:
    """
    C5.2: a request that comes while init() runs waits, and is answered.
    """
    began = time.monotonic()
    server = start("import time\ndef init(): time.sleep(1)\ndef run(data): return 1\n")

    assert time.monotonic() - began > 1
    assert 200 == server.score(1).status


def test_content_type_of_json(start: Starter) -> None:
    """
    C1.6: every error that the server words is JSON.
    """
    types = {
        start(ECHO).ask(path, method="PUT", headers=JSON | {"Content-Length": "0"}).headers["content-type"]
        for path in ("/score", "/", "/nowhere")
    }

    assert {"application/json"} == types
