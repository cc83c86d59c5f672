"""The protocol's paths: health, metadata, readiness."""

import hashlib
import json
from pathlib import Path

import pytest
from modelport_scoring.auth import Keys

from tests.scoring.caller import Response, Served, ask, served_models


def get(app: Served, path: str) -> Response:
    return ask(app, path, method="GET", body=b"")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/v2", {"name": "tested", "version": "2.0", "extensions": ["binary_tensor_data"]}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/sum/ready", {"name": "sum", "ready": True}),
        ("/v2/models/sum/versions/1/ready", {"name": "sum", "ready": True}),
    ],
)
def test_the_server_says_what_it_is(app: Served, path: str, content: object) -> None:
    """
    Server metadata, health and readiness are answered as the protocol words them.
    """
    response = get(app, path)

    assert (200, content) == (response.status, json.loads(response.body))


def test_a_model_is_described(app: Served) -> None:
    """
    The metadata of a model has its versions, and types and shapes as the protocol names them.
    """
    assert {
        "name": "sum",
        "versions": ["1", "2"],
        "platform": "onnxruntime_onnx",
        "inputs": [
            {"name": "a", "datatype": "FP32", "shape": [-1]},
            {"name": "b", "datatype": "FP32", "shape": [-1]},
            {"name": "note", "datatype": "BYTES", "shape": [-1]},
        ],
        "outputs": [
            {"name": "total", "datatype": "FP32", "shape": [-1]},
            {"name": "said", "datatype": "BYTES", "shape": [-1]},
        ],
    } == json.loads(get(app, "/v2/models/sum").body)


def test_an_estimator_is_described(app: Served) -> None:
    """
    The methods of an estimator are its outputs.
    """
    described = json.loads(get(app, "/v2/models/flowers/versions/1").body)

    assert ("sklearn", [{"name": "data", "datatype": "FP64", "shape": [-1, 2]}]) == (
        described["platform"],
        described["inputs"],
    )
    assert [
        {"name": "predict", "datatype": "BYTES", "shape": [-1]},
        {"name": "predict_proba", "datatype": "FP64", "shape": [-1, 2]},
    ] == described["outputs"][:2]


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/v2/models/other", 404, "There is no model 'other'. This service has 'flowers', 'sum'."),
        ("/v2/models/other/ready", 404, "There is no model 'other'"),
        ("/v2/models/sum/versions/9", 404, "Model 'sum' has no version '9'. It has 2, 1."),
        ("/v2/models/sum/infer", 405, "The method is not allowed"),
    ],
)
def test_errors_have_the_protocols_form(app: Served, path: str, status: int, error: str) -> None:
    """
    The text of an error stands under `error`, where clients of the protocol look for it.
    """
    response = get(app, path)

    assert status == response.status
    assert error in json.loads(response.body)["error"]


@pytest.mark.parametrize("path", ["/v2/", "/v2/models", "/v2/models/", "/v2x", "/v2/models/sum/other"])
def test_other_paths_are_not_there(app: Served, path: str) -> None:
    """
    What the protocol does not have is not found.
    """
    assert 404 == get(app, path).status


def test_a_model_that_cannot_be_loaded_is_not_ready(models: Path, app: Served) -> None:
    """
    After a failure the model says so, and the server and other models are ready all the same.
    """
    (models / "sum" / "1" / "m.onnx").write_bytes(b"no graph")
    before = get(app, "/v2/models/sum/versions/1/ready").status
    failed = ask(app, "/v2/models/sum/versions/1/infer", body=b'{"inputs": []}')

    assert (200, 503) == (before, failed.status)
    assert {"error": "Model 'sum' cannot be loaded. Check the logs for more info."} == json.loads(failed.body)
    assert [400, 200, 200] == [
        get(app, path).status
        for path in ("/v2/models/sum/versions/1/ready", "/v2/models/sum/ready", "/v2/health/ready")
    ]


def test_models_ask_for_a_key_and_health_does_not(models: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """
    With keys, health is open; metadata, readiness of models and inference are not.
    """
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    digest = hashlib.sha256(b"one").hexdigest()
    file.write_text(json.dumps({"primary": digest, "secondary": digest}))
    app = served_models(models, keys=Keys(file))

    assert [200, 200] == [get(app, path).status for path in ("/v2/health/live", "/v2/health/ready")]
    closed = ["/v2", "/v2/models/sum", "/v2/models/sum/ready"]
    assert [401] * 3 == [get(app, path).status for path in closed]
    assert [401] * 2 == [ask(app, path).status for path in ("/v2/models/sum/infer", "/score/sum")]
    with_key = ask(app, "/v2/models/sum", method="GET", body=b"", headers=[("authorization", "Bearer one")])
    assert 200 == with_key.status


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v2", "GET, HEAD, OPTIONS"),
        ("/v2/models/sum", "GET, HEAD, OPTIONS"),
        ("/v2/models/sum/infer", "OPTIONS, POST"),
        ("/score/sum", "OPTIONS, POST"),
    ],
)
def test_the_methods_of_a_path_are_told(app: Served, path: str, allowed: str) -> None:
    """
    OPTIONS lists the methods; HEAD is answered where GET is; any other is refused.
    """
    told = ask(app, path, method="OPTIONS", body=b"")
    head = ask(app, path, method="HEAD", body=b"")

    assert (200, allowed) == (told.status, told.headers["allow"])
    assert (200 if "HEAD" in allowed else 405) == head.status
    assert 405 == ask(app, path, method="DELETE", body=b"").status
