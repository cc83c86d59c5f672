"""The routes of several models, over the application."""

import json
from pathlib import Path

import joblib
import pytest
from modelport_scoring.errors import StartError
from modelport_scoring.model.settings import ModelSettings
from onnx import TensorProto
from sklearn.linear_model import LinearRegression

from tests.scoring.caller import ask, served_models
from tests.scoring.model.graphs import save_one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay out a linear model in scikit-learn and a negation in ONNX, of one feature each, and a broken file."""
    for name in ("linear", "broken"):
        (tmp_path / name / "1").mkdir(parents=True)
    joblib.dump(LinearRegression().fit([[0], [1]], [0, 2]), tmp_path / "linear" / "1" / "m.joblib")
    (tmp_path / "broken" / "1" / "m.onnx").write_bytes(b"no graph")
    save_one(tmp_path / "negation" / "3" / "m.onnx", {"x": (TensorProto.FLOAT, ["n", 1])}, "Neg", TensorProto.FLOAT)
    return tmp_path


def test_each_model_has_its_path(folder: Path) -> None:
    """
    `/score/<model>` asks one of several; the answer has the headers of a score.
    """
    app = served_models(folder)
    linear, negation = (ask(app, f"/score/{name}", body=b'{"data": [[3]]}') for name in ("linear", "negation"))

    assert [6] == pytest.approx(json.loads(linear.body))
    assert {"result": [[-3]]} == json.loads(negation.body)
    assert {"x-ms-run-function-failed", "x-ms-run-fn-exec-ms", "x-request-id"} <= linear.headers.keys()


def test_a_broken_model_takes_no_other_with_it(folder: Path) -> None:
    """
    One that cannot be loaded is answered with 503 and when to try again; the others are answered as ever.
    """
    app = served_models(folder)
    broken = ask(app, "/score/broken", body=b'{"data": [[3]]}')

    assert (503, "30") == (broken.status, broken.headers["retry-after"])
    assert "Model 'broken' cannot be loaded. Check the logs for more info." == broken.message
    assert 200 == ask(app, "/score/linear", body=b'{"data": [[3]]}').status


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/score", 404, "POST to /score/broken, /score/linear, /score/negation."),
        ("/score/other", 404, "There is no model 'other'. This service has 'broken', 'linear', 'negation'."),
        ("/score/", 404, "The requested URL was not found"),
        ("/score/linear/more", 404, "The requested URL was not found"),
    ],
)
def test_the_way_to_a_model_is_told(folder: Path, path: str, status: int, message: str) -> None:
    """
    Who asks at the wrong place learns the right ones.
    """
    response = ask(served_models(folder), path)

    assert status == response.status
    assert message in response.message


def test_each_model_has_its_document(folder: Path) -> None:
    """
    The document of a model describes its own path, input and output.
    """
    response = ask(served_models(folder), "/score/negation/swagger.json", method="GET")
    document = json.loads(response.body)

    assert ["/", "/score/negation", "/score/negation/swagger.json"] == list(document["paths"])
    assert {"data": [[0]]} == document["definitions"]["ServiceInput"]["example"]
    newer = json.loads(ask(served_models(folder), "/score/negation/swagger.json?version=3.1", method="GET").body)

    assert "3.1.0" == newer["openapi"]
    assert document["definitions"]["ServiceInput"] == newer["components"]["schemas"]["ServiceInput"]
    assert 404 == ask(served_models(folder), "/score/negation/swagger.json?version=9", method="GET").status


def test_a_model_that_is_alone_keeps_its_short_path(folder: Path) -> None:
    """
    One model answers at `/score` and under its name; its newest version is meant.
    """
    save_one(folder / "negation" / "4" / "m.onnx", {"x": (TensorProto.FLOAT, ["n", 1])}, "Abs", TensorProto.FLOAT)
    for other in ("linear", "broken"):
        (folder / other).rename(folder.parent / f"{folder.name}-{other}")
    app = served_models(folder)

    for path in ("/score", "/score/negation"):
        assert {"result": [[3]]} == json.loads(ask(app, path, body=b'{"data": [[-3]]}').body)


def test_digests_are_held_against_files(folder: Path) -> None:
    """
    With a list of digests, a model that is not on it is not loaded; alone, it keeps the server from starting.
    """
    file = folder.parent / f"{folder.name}.json"
    file.write_text("{}")
    settings = ModelSettings(digests_file=file)

    assert 503 == ask(served_models(folder, settings), "/score/linear", body=b'{"data": [[3]]}').status
    with pytest.raises(StartError, match="is not in the list of digests"):
        served_models(folder / "linear" / "1", settings)
