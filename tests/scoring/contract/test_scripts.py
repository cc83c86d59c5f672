"""Scripts with `@rawhttp` or declared schemas (`docs/contract.md`, C4, C6, C7)."""

from typing import Any

import pytest

from tests.scoring.contract.conftest import JSON, PEER, Starter

pytestmark = pytest.mark.slow

RAW = """
    from azureml.contrib.services.aml_request import AMLRequest, rawhttp
    from azureml.contrib.services.aml_response import AMLResponse
    import json
    def init(): pass
    @rawhttp
    def run(request):
        what = request.args.get("what", "")
        if what == "bytes":
            return AMLResponse(request.get_data(False)[::-1], 201, {"X-A": "1, 2", "Content-Type": "application/x"})
        if what == "none": return AMLResponse(None, 200)
        if what == "json": return AMLResponse({"ä": 1}, 200, json_str=True)
        if what == "iterable": return AMLResponse([b"a", b"b"], 200)
        if what == "bad": return AMLResponse("bad request", 500)
        if what == "failed": return AMLResponse("x", 200, run_function_failed=True)
        if what == "late":
            answer = AMLResponse("x", 200)
            answer.headers["X-B"] = "b"
            answer.set_cookie("c", "d")
            return answer
        if what == "ids": return AMLResponse("x", 200, {"x-request-id": "theirs"})
        if what == "plain": return {"plain": True}
        if what == "form":
            file = request.files["u"]
            return {"form": request.form.get("f"), "file": file.read().decode(), "name": file.filename}
        return AMLResponse({
            "method": request.method, "path": request.path, "full_path": request.full_path,
            "query": request.query_string.decode(), "a": request.args.get("a"), "all": request.args.getlist("a"),
            "type": request.content_type, "mimetype": request.mimetype, "length": request.content_length,
            "json": request.get_json(force=True) if request.data else None, "header": request.headers.get("x-my"),
            "cookie": request.cookies.get("k"), "is_json": request.is_json,
        }, 200, json_str=True)
"""
SCHEMA = """
    import numpy as np
    from inference_schema.schema_decorators import input_schema, output_schema
    from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
    from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
    def init(): pass
    @input_schema("data", NumpyParameterType(np.array([[10, 9, 8]])))
    @input_schema("name", StandardPythonParameterType("x"), optional=True)
    @output_schema(NumpyParameterType(np.array([3726.995])))
    def run(data, name="nobody", plain=None, request_headers=None):
        if name == "raise": raise ValueError("of run itself")
        return [data.tolist(), str(data.dtype), name, plain, request_headers.get("X-A")]
"""
MIXED = """
    from inference_schema.schema_decorators import input_schema
    from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
    def init(): pass
    @input_schema("rows", StandardPythonParameterType([1, "a"]))
    def run(rows): return rows
"""
PLAIN = "def init(): pass\ndef run(data): return data\n"
NO_NAME = "Expecting property name enclosed in double quotes"
FAILED = "x-ms-run-function-failed"
SCORED = "The service processed the input correctly and provided a result prediction, if applicable."
FAILURE = "The service failed to execute due to an error."


def swagger2() -> dict[str, Any]:
    """Give the document of `SCHEMA` with SERVICE_NAME=myservice."""
    error = {"description": FAILURE, "schema": {"$ref": "#/definitions/ErrorResponse"}}
    healthy = "If service is up and running, this response will be returned with the content 'Healthy'"
    return {
        "swagger": "2.0",
        "info": {
            "title": "myservice",
            "description": "API specification for the Azure Machine Learning service myservice",
            "version": "1.0",
        },
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {
            "Bearer": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "description": "For example: Bearer abc123",
            }
        },
        "paths": {
            "/": {
                "get": {
                    "operationId": "ServiceHealthCheck",
                    "description": "Simple health check endpoint to ensure the service is up at any given point.",
                    "responses": {
                        "200": {
                            "description": healthy,
                            "schema": {"type": "string"},
                            "examples": {"application/json": "Healthy"},
                        },
                        "default": error,
                    },
                }
            },
            "/score": {
                "post": {
                    "operationId": "RunMLService",
                    "description": "Run web service's model and get the prediction output",
                    "security": [{"Bearer": []}],
                    "parameters": [
                        {
                            "name": "serviceInputPayload",
                            "in": "body",
                            "description": "The input payload for executing the real-time machine learning service.",
                            "schema": {"$ref": "#/definitions/ServiceInput"},
                        }
                    ],
                    "responses": {
                        "200": {"description": SCORED, "schema": {"$ref": "#/definitions/ServiceOutput"}},
                        "default": error,
                    },
                }
            },
            "/swagger.json": {
                "get": {
                    "operationId": "GetSwaggerSpec",
                    "description": "Get the Swagger specification.",
                    "parameters": [
                        {"name": "version", "in": "query", "required": False, "type": "integer", "enum": [2, 3]}
                    ],
                    "responses": {
                        "200": {"description": "The Swagger specification.", "schema": {"type": "string"}},
                        "default": error,
                    },
                }
            },
        },
        "definitions": definitions(),
    }


def definitions() -> dict[str, Any]:
    """Give what `SCHEMA` takes and gives."""
    rows = {"type": "array", "items": {"type": "array", "items": {"type": "integer", "format": "int64"}}}
    return {
        "ServiceInput": {
            "type": "object",
            "properties": {
                "data": rows | {"format": "numpy.ndarray"},
                "name": {"type": "string"},
                "plain": {},
                "request_headers": {},
            },
            "example": {"data": [[10, 9, 8]], "name": "x", "plain": "", "request_headers": ""},
        },
        "ServiceOutput": {
            "type": "array",
            "items": {"type": "number", "format": "double"},
            "example": [3726.995],
            "format": "numpy.ndarray",
        },
        "ErrorResponse": {"type": "object", "properties": {"message": {"type": "string"}}},
    }


def test_raw_request(start: Starter) -> None:
    """
    C4.12: with `@rawhttp` run() gets the request: method, paths, query, headers, cookies, body and what they say.
    """
    headers = {"X-My": "7", "Cookie": "k=v", "Content-Type": "application/json; charset=utf-8"}
    reply = start(RAW).ask("/score?a=1&a=2", "[1]", headers=headers)

    assert {
        "method": "POST",
        "path": "/score",
        "full_path": "/score?a=1&a=2",
        "query": "a=1&a=2",
        "a": "1",
        "all": ["1", "2"],
        "type": "application/json; charset=utf-8",
        "mimetype": "application/json",
        "length": 3,
        "json": [1],
        "header": "7",
        "cookie": "v",
        "is_json": True,
    } == reply.json
    assert "/score?" == start(RAW).ask().json["full_path"]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_raw_methods(start: Starter, method: str) -> None:
    """
    C4.13: with `@rawhttp` run() is called for GET, POST, OPTIONS and HEAD, and for no other method.
    """
    assert method == start(RAW).ask(method=method, headers={"Content-Length": "0"}).json["method"]
    assert (200, b"") == ((reply := start(RAW).ask(method="HEAD")).status, reply.body)
    assert 405 == start(RAW).ask(method="PUT", headers={"Content-Length": "0"}).status


def test_raw_answer(start: Starter) -> None:
    """
    C4.14: an AMLResponse goes out as it is: status, bytes, content type; a header value is cut at its commas.
    """
    reply = start(RAW).ask("/score?what=bytes", b"\x00\x01\xff")

    assert (201, b"\xff\x01\x00", "application/x") == (reply.status, reply.body, reply.headers["content-type"])
    assert ["1", "2"] == [value for name, value in reply.pairs if name == "x-a"]
    assert "False" == reply.headers[FAILED]


@pytest.mark.parametrize(
    ("what", "status", "kind", "body", "failed"),
    [
        ("none", 200, "application/json", b"{}", "False"),
        ("json", 200, "application/json", b'{"\\u00e4": 1}', "False"),
        ("iterable", 200, "text/html; charset=utf-8", b"ab", "False"),
        ("bad", 500, "text/html; charset=utf-8", b"bad request", "True"),
        ("failed", 200, "text/html; charset=utf-8", b"x", "True"),
        ("plain", 200, "application/json", b'{"plain": true}', "False"),
    ],
)
def test_raw_answers(start: Starter, what: str, status: int, kind: str, body: bytes, failed: str) -> None:
    """
    C4.15: None is an empty object, json_str uses json.dumps, an iterable is put together; 500 says that run() failed.
    """
    reply = start(RAW).ask(f"/score?what={what}")

    assert (status, kind, body) == (reply.status, reply.headers["content-type"], reply.body)
    assert failed == reply.headers[FAILED]


def test_raw_answer_is_changed(start: Starter) -> None:
    """
    C4.16: headers and cookies may be set on an AMLResponse; the ids are the server's.
    """
    late, ids = start(RAW).ask("/score?what=late"), start(RAW).ask("/score?what=ids", headers={"x-request-id": "ours"})

    assert ("b", "c=d; Path=/") == (late.headers["x-b"], late.headers["set-cookie"])
    assert ["ours"] == [value for name, value in ids.pairs if name == "x-request-id"]


def test_raw_form(start: Starter) -> None:
    """
    C4.17: a form's texts and files can be read.
    """
    parts = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\ntext\r\n'
    parts += '--b\r\nContent-Disposition: form-data; name="u"; filename="a.txt"\r\n'
    parts += "Content-Type: text/plain\r\n\r\nline 1\r\n--line 2\r\n--b--\r\n"
    reply = start(RAW).ask("/score?what=form", parts, headers={"Content-Type": "multipart/form-data; boundary=b"})

    assert {"form": "text", "file": "line 1\r\n--line 2", "name": "a.txt"} == reply.json


def test_raw_names_of_the_server_package(start: Starter) -> None:
    """
    C4.18: the names under `azureml_inference_server_http.api` mean the same.
    """
    script = RAW.replace("azureml.contrib.services.", "azureml_inference_server_http.api.")

    assert "GET" == start(script).ask().json["method"]


def test_raw_and_schema(start: Starter) -> None:
    """
    C4.19: both decorators on one function end the start with exit code 3 and the reason.
    """
    script = SCHEMA.replace('@input_schema("data"', '@rawhttp\n    @input_schema("data"').replace(
        "import numpy as np", "import numpy as np\n    from azureml.contrib.services.aml_request import rawhttp"
    )
    ended = start.ended(script)

    assert (3, True) == (ended.code, "run() cannot be decorated with both @rawhttp and @input_schema" in ended.output)


@pytest.mark.parametrize(
    ("version", "kind"), [("", "2"), ("2", "2"), ("2.0", "2"), ("3", "3.0.3"), ("3.0", "3.0.3"), ("3.1", "3.1.0")]
)
def test_versions_of_the_document(start: Starter, version: str, kind: str) -> None:
    """
    C6.1: `version` may be 2, 2.0, 3, 3.0 or 3.1; without it the document is Swagger 2.0.
    """
    document = start(SCHEMA).ask(f"/swagger.json?version={version}" if version else "/swagger.json").json

    assert kind == (document.get("openapi") or document["swagger"].removesuffix(".0"))


def test_document_2(start: Starter) -> None:
    """
    C6.2: the Swagger 2.0 document, to the letter.
    """
    reply = start(SCHEMA, environment={"SERVICE_NAME": "myservice"}).ask("/swagger.json")

    assert swagger2() == reply.json
    assert list(swagger2()) == list(reply.json)


def test_document_3(start: Starter) -> None:
    """
    C6.3: the OpenAPI document says the same with `components`, `content` and `requestBody`.
    """
    document = start(SCHEMA).ask("/swagger.json?version=3").json
    score = document["paths"]["/score"]["post"]

    assert definitions() == document["components"]["schemas"]
    assert swagger2()["securityDefinitions"] == document["components"]["securitySchemes"]
    assert [{"Bearer": []}] == document["security"] == score["security"]
    assert {"$ref": "#/components/schemas/ServiceInput"} == score["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert {
        "description": SCORED,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ServiceOutput"}}},
    } == score["responses"]["200"]
    health = document["paths"]["/"]["get"]["responses"]["200"]["content"]
    assert {"text/plain": {"schema": {"type": "string", "example": "Healthy"}}} == health


def test_unknown_version(start: Starter) -> None:
    """
    C6.4: another version is answered with 404 and the list.
    """
    reply = start(SCHEMA).ask("/swagger.json?version=9")

    assert (404, "Swagger version [9] is not valid. Supported versions: [2, 3, 3.1].") == (reply.status, reply.message)


def test_sample_of_mixed_types(start: Starter) -> None:
    """
    C6.5: rows of mixed types have no Swagger 2.0 document.
    """
    reply = start(MIXED).ask("/swagger.json")

    assert 404 == reply.status
    assert (
        "Swagger version [2] is not supported for the scoring script. Supported swagger versions: [3, 3.1]."
    ) == reply.message
    assert 200 == start(MIXED).ask("/swagger.json?version=3").status


def test_own_documents(start: Starter) -> None:
    """
    C6.6: the user's own files in the app root are served instead, `swagger.json` before `swagger2.json`.
    """
    files = {"swagger2.json": '{"own": 2}', "swagger3.json": '{"own": 3}', "swagger3.1.json": '{"own": 3.1}'}
    server = start(PLAIN, files=files)
    both = start(PLAIN, files=files | {"swagger.json": '{"own": "first"}'})

    assert [2, 3, 3.1] == [server.ask(f"/swagger.json?version={each}").json["own"] for each in ("2", "3", "3.1")]
    assert "first" == both.ask("/swagger.json").json["own"]


@pytest.mark.parametrize("script", [PLAIN, RAW])
def test_document_without_schema(start: Starter, script: str) -> None:
    """
    C6.7: a script that declares nothing has a document too, of objects.
    """
    found = start(script).ask("/swagger.json").json["definitions"]

    assert {"type": "object", "example": {}} == found["ServiceInput"] == found["ServiceOutput"]


def test_name_version_and_prefix(start: Starter) -> None:
    """
    C6.8: SERVICE_NAME, SERVICE_VERSION and SERVICE_PATH_PREFIX fill the document; the routes stay.
    """
    named = {"SERVICE_NAME": "n", "SERVICE_VERSION": "v", "SERVICE_PATH_PREFIX": "/pre/fix"}
    document = start(PLAIN, environment=named).ask("/swagger.json").json

    assert ("n", "v") == (document["info"]["title"], document["info"]["version"])
    assert ["/pre/fix/", "/pre/fix/score", "/pre/fix/swagger.json"] == list(document["paths"])


def test_declared_arguments(start: Starter) -> None:
    """
    C7.1: declared arguments come from the JSON object by name, converted; others are ignored, defaults are honoured.
    """
    reply = start(SCHEMA).score({"data": [[1.9, "5", True]], "surplus": 1})

    assert [[[1, 5, 1]], "int64", "nobody", None, None] == reply.json


def test_declared_query(start: Starter) -> None:
    """
    C7.2: a GET gives them by its query.
    """
    assert [[[1, 2, 3]], "int64", "z", [1], None] == start(SCHEMA).ask("/score?data=[[1,2,3]]&name=z&plain=[1]").json


def test_headers_beside_declared(start: Starter) -> None:
    """
    C7.3: a key `request_headers` in the body does not replace the headers.
    """
    reply = start(SCHEMA).score({"data": [[1, 2, 3]], "request_headers": {"X-A": "evil"}}, X_A="good")

    assert "good" == reply.json[4]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/vnd.x+json", 200),
        ("text/json", 415),
        ("text/plain", 415),
    ],
)
def test_declared_content_type(start: Starter, kind: str, status: int) -> None:
    """
    C7.4: a declared schema reads `application/json` and `application/*+json`; all else is answered with 415.
    """
    reply = start(SCHEMA).ask(body='{"data": [[1, 2, 3]]}', headers={"Content-Type": kind})

    assert status == reply.status
    assert status == 200 or "Expects Content-Type to be application/json" == reply.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "POST body is empty. Expecting a JSON dictionary."),
        ("[1]", "POST body should be a JSON dictionary."),
        ("null", "POST body should be a JSON dictionary."),
        (
            "{",
            f"POST body could not be decoded as JSON: {NO_NAME}: line 1 column 2 (char 1)",
        ),
        ("{}", "A value is not provided for the 'data' parameter."),
    ],
)
def test_declared_body(start: Starter, body: str, message: str) -> None:
    """
    C7.5: a body that is empty, no JSON, no object, or lacks an argument is answered with 400 and why.
    """
    reply = start(SCHEMA).ask(body=body, headers=JSON)

    assert (400, message, "False") == (reply.status, reply.message, reply.headers[FAILED])


def test_order_of_checks(start: Starter) -> None:
    """
    C7.6: the content type is looked at before the body.
    """
    assert 415 == start(SCHEMA).ask(body="", headers={"Content-Type": "text/plain"}).status


def test_json_as_it_comes(start: Starter) -> None:
    """
    C7.7: of equal keys the last counts, and a byte order mark is no harm.
    """
    body = b'\xef\xbb\xbf{"data": [[1, 2, 3]], "name": "a", "name": "b"}'

    assert "b" == start(SCHEMA).ask(body=body, headers=JSON).json[2]


@pytest.mark.parametrize("data", ["x", [1, 2, 3], [[1, 2]], [["a", 1, 2]]])
def test_input_that_does_not_convert(start: Starter, data: object, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C7.8: input that does not fit the declared type is refused before run(). Here with 400 and the reason.
    """
    reply = start(SCHEMA).score({"data": data})

    assert (500 if is_peer else 400, str(is_peer)) == (reply.status, reply.headers[FAILED])
    assert is_peer or reply.message.startswith("The input does not fit the declared schema: ")


def test_failure_of_a_declared_run(start: Starter) -> None:
    """
    C7.9: what run() itself raises is its failure, declared schema or not.
    """
    reply = start(SCHEMA).score({"data": [[1, 2, 3]], "name": "raise"})

    assert (500, "True") == (reply.status, reply.headers[FAILED])


def test_optional_argument(start: Starter) -> None:
    """
    C7.10: an optional argument may be absent or empty, and is converted otherwise.
    """
    assert ["nobody", ""] == [start(SCHEMA).score({"data": [[1, 2, 3]]} | more).json[2] for more in ({}, {"name": ""})]


SAMPLES = """
    import datetime, json
    import numpy as np
    from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType as N
    from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as S
    def init(): pass
    def run(data):
        kinds = {
            "int": S(1), "float": S(1.5), "bool": S(True), "str": S("a"), "bytes": S(b"ab"), "list": S([1, 2]),
            "dict": S({"a": 1, "b": [1.5]}), "nested": S({"a": S(1), "n": N(np.array([1.5]))}),
            "datetime": S(datetime.datetime(2020, 1, 2, 3, 4, 5)), "time": S(datetime.time(1, 2, 3)),
            "date": S(datetime.date(2020, 1, 2)), "loose": N(np.array([[1]]), enforce_shape=False),
            "array": N(np.array([[1, 2]])), "any": N(np.array([1]), enforce_column_type=False),
            "record": N(np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])), "flags": N(np.array([True])),
            "small": N(np.array([1], dtype="int8")), "single": N(np.array([1], dtype="float32")),
            "binary": N(np.array([b"a"])), "texts": N(np.array(["a"])),
            "times": N(np.array(["2020-01-01T02:03:04"], dtype="datetime64[s]")),
            "spans": N(np.array([5], dtype="timedelta64[h]")),
        }
        asked = json.loads(data)
        kind = kinds[asked["kind"]]
        if "value" not in asked: return kind.input_to_swagger()
        try:
            value = kind.deserialize_input(asked["value"])
        except Exception as error:
            return "refused: " + str(error)
        return repr(value.tolist() if hasattr(value, "tolist") else value)
"""


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        ("int", 1, "1"),
        ("int", True, "True"),
        ("int", 1.0, "refused: Invalid input data type to parse. Expected: <class 'int'> but got <class 'float'>"),
        ("int", "1", "refused: Invalid input data type to parse. Expected: <class 'int'> but got <class 'str'>"),
        ("float", 1, "1"),
        ("bytes", "YWI=", "b'ab'"),
        ("datetime", "2021-02-03T04:05:06", "datetime.datetime(2021, 2, 3, 4, 5, 6)"),
        ("time", "03:04:05", "datetime.time(3, 4, 5)"),
        ("dict", {"a": "x", "z": 1}, "{'a': 'x', 'z': 1}"),
        ("array", [[1.9, "5"]], "[[1, 5]]"),
        (
            "array",
            [1, 2],
            "refused: Invalid input array: an array with 2 dimensions is expected; input has 1 [shape (2,)]",
        ),
        (
            "array",
            [[1, 2, 3]],
            "refused: Invalid input array: array has size 3 on dimension #1, while expected value is 2",
        ),
        ("array", "x", "refused: Invalid input format: expected an array of items."),
        ("array", [], "refused: Invalid input array: an array with 2 dimensions is expected; input has 1 [shape (0,)]"),
        ("loose", [1, 2], "[1, 2]"),
        ("any", [1.5], "[1.5]"),
        ("record", [{"a": 1, "b": 2}], "[(1, 2.0)]"),
        ("record", [[1, 2]], "[(1, 2.0)]"),
        ("spans", ["5 hours"], "[datetime.timedelta(seconds=18000)]"),
        ("times", ["2021-02-03 04:05:06"], "[datetime.datetime(2021, 2, 3, 4, 5, 6)]"),
    ],
)
def test_conversions(start: Starter, kind: str, value: object, made: str) -> None:
    """
    C7.11: JSON becomes the value that the declared type makes of it, or is refused with these words.
    """
    assert made == start(SAMPLES).score({"kind": kind, "value": value}).json


def test_date_samples(start: Starter, is_peer: bool) -> None:  # noqa: FBT001  a fixture
    """
    C7.12: a date sample. Here it converts.
    """
    made = start(SAMPLES).score({"kind": "date", "value": "2021-02-03"}).json

    assert is_peer is made.startswith("refused")


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("int", {"type": "integer", "format": "int64", "example": 1}),
        ("float", {"type": "number", "format": "double", "example": 1.5}),
        ("bool", {"type": "boolean", "example": True}),
        ("str", {"type": "string", "example": "a"}),
        ("bytes", {"type": "string", "format": "byte", "example": "YWI="}),
        ("datetime", {"type": "string", "format": "date-time", "example": "2020-01-02 03:04:05.000000 +0000"}),
        ("time", {"type": "string", "format": "time", "example": "01:02:03.000000 +0000"}),
        ("date", {"type": "string", "format": "date", "example": "2020-01-02"}),
        ("list", {"type": "array", "items": {"type": "integer", "format": "int64"}, "example": [1, 2]}),
        ("small", {"type": "array", "items": {"type": "integer", "format": "int8"}, "example": [1]}),
        ("single", {"type": "array", "items": {"type": "number", "format": "float"}, "example": [1.0]}),
        ("flags", {"type": "array", "items": {"type": "boolean"}, "example": ["True"]}),
        ("binary", {"type": "array", "items": {"type": "string", "format": "binary"}, "example": ["YQ=="]}),
        ("texts", {"type": "array", "items": {"type": "string"}, "example": ["a"]}),
        (
            "times",
            {
                "type": "array",
                "items": {"type": "string", "format": "date-time"},
                "example": ["2020-01-01 02:03:04,000000"],
            },
        ),
        ("spans", {"type": "array", "items": {"type": "string", "format": "timedelta"}, "example": ["5 hours"]}),
    ],
)
def test_schemas(start: Starter, kind: str, schema: dict[str, Any]) -> None:
    """
    C7.13: each type of sample is described by its type, format and example; arrays of numpy say so.
    """
    described = start(SAMPLES).score({"kind": kind}).json
    described.pop("format", None) if described["type"] == "array" else None

    assert schema == described


TABLES = """
    import json
    import pandas as pd
    from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType as P
    def init(): pass
    def run(data):
        asked = json.loads(data)
        sample = pd.DataFrame({"a": [1], "b": [1.5]} | ({"c": ["x"]} if asked.pop("texts", False) else {}))
        value = asked.pop("value", None)
        kind = P(sample, **asked)
        if value is None: return kind.input_to_swagger()
        try:
            table = kind.deserialize_input(value)
        except Exception as error:
            return "refused: " + str(error)
        return [list(table.columns), [str(each) for each in table.dtypes], table.values.tolist()]
"""
AB = [["a", "b"], ["int64", "float64"], [[1.0, 2.0]]]


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ({"value": [{"a": 1, "b": 2}]}, AB),
        ({"value": {"a": {"0": 1}, "b": {"0": 2}}}, AB),
        ({"value": [{"b": 2, "a": "1"}]}, [["b", "a"], ["float64", "int64"], [[2.0, 1.0]]]),
        ({"value": [{"x": 1, "y": 2}]}, [["x", "y"], ["object", "object"], [[1, 2]]]),
        ({"value": {"columns": ["a", "b"], "data": [[1, 2]]}, "orient": "split"}, AB),
        ({"value": {"r": {"a": 1, "b": 2}}, "orient": "index"}, AB),
        ({"value": {"a": {"r": 1}, "b": {"r": 2}}, "orient": "columns"}, AB),
        ({"value": [[1, 2]], "orient": "values", "apply_column_names": True}, AB),
        ({"value": [{"a": 1}], "enforce_shape": False}, [["a"], ["int64"], [[1]]]),
        (
            {"value": [{"a": 1}]},
            "refused: Invalid input data frame: data frame has size 1 on dimension #1, while expected value is 2",
        ),
        ({"value": 5}, "refused: Error, unable to convert input of type <class 'int'> into Pandas Dataframe"),
    ],
)
def test_tables(start: Starter, asked: dict[str, Any], made: object) -> None:
    """
    C7.14: JSON becomes a table as its orientation says, columns by name with the sample's types.
    """
    assert made == start(TABLES).score(asked).json


A: dict[str, Any] = {"type": "integer", "format": "int64"}
B: dict[str, Any] = {"type": "number", "format": "double"}
C: dict[str, Any] = {"type": "string"}
ROW: dict[str, Any] = {"type": "object", "required": ["a", "b", "c"], "properties": {"a": A, "b": B, "c": C}}


@pytest.mark.parametrize(
    ("orient", "schema"),
    [
        ("records", {"type": "array", "items": ROW, "example": [{"a": 1, "b": 1.5, "c": "x"}]}),
        (
            "index",
            {
                "type": "object",
                "required": ["0"],
                "properties": {"0": ROW},
                "example": {"0": {"a": 1, "b": 1.5, "c": "x"}},
            },
        ),
        (
            "columns",
            {
                "type": "object",
                "required": ["a", "b", "c"],
                "properties": {
                    name: {"type": "object", "required": ["0"], "properties": {"0": kind}}
                    for name, kind in (("a", A), ("b", B), ("c", C))
                },
                "example": {"a": {"0": 1}, "b": {"0": 1.5}, "c": {"0": "x"}},
            },
        ),
        (
            "values",
            {
                "type": "array",
                "items": {"type": "array", "items": {"type": "string"}},
                "example": [[1, 1.5, "x"]],
            },
        ),
    ],
)
def test_schemas_of_tables(start: Starter, orient: str, schema: dict[str, Any]) -> None:
    """
    C7.15: a table is described as its orientation writes it, and its format says so.
    """
    described = start(TABLES).score({"orient": orient, "texts": True}).json

    assert schema | {"format": f"pandas.DataFrame:{orient}"} == described


def test_model_path(start: Starter) -> None:
    """
    C4.20: `Model.get_model_path` gives the one entry of the highest, or the given, version below the app root.
    """
    if PEER:
        pytest.skip("it is of another package than the peer")
    script = """
        from azureml.core.model import Model
        import os
        def init(): pass
        def run(data):
            try:
                return os.path.relpath(eval(data, {"Model": Model}), os.environ["AML_APP_ROOT"])
            except Exception as error:
                return type(error).__name__
    """
    files = {f"azureml-models/m/{version}/w.bin": "" for version in (1, 2, 10)} | {
        "azureml-models/two/1/a": "",
        "azureml-models/two/1/b": "",
    }
    server = start(script, files=files)
    asked = ["'m'", "'m', 2", "'m', 3", "'none'", "'two'", "'m', '1'", "'score.py'"]

    assert [
        "azureml-models/m/10/w.bin",
        "azureml-models/m/2/w.bin",
        "WebserviceException",
        "ModelNotFoundException",
        "WebserviceException",
        "WebserviceException",
        "score.py",
    ] == [server.ask(body=f"Model.get_model_path({each})").json for each in asked]
