"""scikit-learn models without an entry script."""

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from modelport_scoring.errors import BadInputError, StartError
from modelport_scoring.model.files import load_model
from modelport_scoring.model.interface import Model
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.scoring.model.graphs import json_request


def loaded(folder: Path, estimator: object) -> Model:
    joblib.dump(estimator, folder / "m.joblib")
    return load_model(folder)


def answer_of(model: Model, document: object) -> Any:  # noqa: ANN401  whatever the model answers
    return json.loads(model.score(json_request(document)).body)


@pytest.fixture
def classifier(tmp_path: Path) -> Model:
    """Load a classifier of two features."""
    return loaded(tmp_path, LogisticRegression().fit(np.asarray([[0, 0], [1, 1], [0, 1], [5, 5]]), [0, 1, 0, 1]))


def test_rows_in_results_out(classifier: Model) -> None:
    """
    One result per row, as JSON.
    """
    assert [0, 1] == answer_of(classifier, {"data": [[0, 0], [9, 9]]})


def test_another_method_may_be_asked_for(classifier: Model) -> None:
    """
    `method` chooses among what the estimator offers.
    """
    [probabilities] = answer_of(classifier, {"data": [[0, 0]], "method": "predict_proba"})

    assert 1 == pytest.approx(sum(probabilities))
    for method in ("fit", ["predict"], 1):
        with pytest.raises(BadInputError, match=r"The model has no method .*\. It offers predict, predict_proba"):
            classifier.score(json_request({"data": [[0, 0]], "method": method}))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"data": [[1, 2, 3]]}, "Each row has 3 values; the model takes 2."),
        ({"data": [[1, 2], [3]]}, "Rows must be lists of one length."),
        ({"data": [1, 2]}, "Rows must be lists of one length."),
        ({"data": []}, "The body has no rows."),
        ({"data": {"a": 1}}, "The body has no rows."),
        ({}, "The body has no rows."),
        ({"rows": [[1, 2]]}, "The body has the key 'rows', which means nothing here."),
        ({"data": [["a", "b"]]}, "The model refuses this input"),
        ({"data": [[1, None]]}, "The model refuses this input: Input X contains NaN."),
        ({"data": [[1, "b"]]}, "The model refuses this input"),
        ({"data": [[1, {}]]}, "The model refuses this input"),
        ({"data": [[1, [2]]]}, "The rows are ragged"),
        ({"data": [[[1], [2]]]}, "The model refuses this input: Found array with dim 3"),
        ({"data": ["a", "b"]}, "Rows must be lists of one length."),
    ],
)
def test_input_that_does_not_fit_is_explained(classifier: Model, document: object, message: str) -> None:
    """
    The caller learns what is wrong with the rows.
    """
    with pytest.raises(BadInputError) as raised:
        classifier.score(json_request(document))

    assert message in str(raised.value)


def test_a_refusal_is_short(classifier: Model) -> None:
    """
    What a caller sent is quoted in part only.
    """
    with pytest.raises(BadInputError) as raised:
        classifier.score(json_request({"data": [["a" * 100_000, 1]]}))

    assert 1003 == len(str(raised.value))


def test_the_schema_has_an_example_that_scores(classifier: Model) -> None:
    """
    The document states the number of features and the methods; its example is an input that the model takes.
    """
    rows = classifier.schema.input["properties"]["data"]

    assert (2, 2) == (rows["items"]["minItems"], rows["items"]["maxItems"])
    assert "predict_proba" in classifier.schema.input["properties"]["method"]["enum"]
    assert {"type": "integer", "format": "int64"} == classifier.schema.output["items"]
    assert [0] == answer_of(classifier, classifier.schema.input["example"])


def test_columns_go_by_name(tmp_path: Path) -> None:
    """
    An estimator that was fitted on a table takes an object per row, in any order of keys, or lists in its own order.
    """
    table = pd.DataFrame({"age": [0.0, 1.0], "weight": [0.0, 2.0]})
    model = loaded(tmp_path, StandardScaler(with_std=False).fit(table))

    assert [[0.5, -1]] == answer_of(model, {"data": [{"weight": 0, "age": 1}]})
    assert [[0.5, -1]] == answer_of(model, {"data": [[1, 0]]})
    with pytest.raises(BadInputError, match="A row has 'age', 'height'; the model takes 'age', 'weight'"):
        model.score(json_request({"data": [{"age": 1, "height": 0}]}))


def test_a_pipeline_takes_texts(tmp_path: Path) -> None:
    """
    Texts are rows for an estimator that begins with a vectorizer; what it cannot take is the caller's mistake.
    """
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression())
    model = loaded(tmp_path, pipeline.fit(["good", "bad", "good good"], ["yes", "no", "yes"]))

    assert ["yes"] == answer_of(model, {"data": ["good"]})
    with pytest.raises(BadInputError, match=r"The model refuses this input: .* has no attribute 'lower'"):
        model.score(json_request({"data": [[1], [2]]}))


def test_texts_and_numbers_of_one_row_stay_what_they_are(tmp_path: Path) -> None:
    """
    A number beside a text is not made into a text.
    """
    model = loaded(tmp_path, OneHotEncoder(sparse_output=False).fit(np.asarray([["a", 1], ["b", 2]], dtype=object)))

    assert [[0, 1, 1, 0]] == answer_of(model, {"data": [["b", 1]]})


def test_a_transformer_transforms(tmp_path: Path) -> None:
    """
    An estimator that cannot predict does what it can.
    """
    assert [[0]] == answer_of(loaded(tmp_path, StandardScaler().fit([[0.0], [2.0]])), {"data": [[1]]})


@pytest.mark.parametrize(
    ("estimator", "dtype", "shape"),
    [
        (LogisticRegression().fit([[0], [1]], ["a", "b"]), "object", (None,)),
        (LogisticRegression().fit([[0], [1]], [False, True]), "bool", (None,)),
        (LinearRegression().fit([[0], [1]], [0, 1]), "float64", (None,)),
        (LinearRegression().fit([[0], [1]], [[0, 1], [1, 2]]), "float64", None),
        (KMeans(2, n_init=1).fit([[0.0], [1.0]]), "int64", (None,)),
    ],
)
def test_the_type_of_predictions_is_known(
    tmp_path: Path, estimator: object, dtype: str, shape: tuple[int | None, ...] | None
) -> None:
    """
    What `predict` gives is said before it is called, and is what it gives.
    """
    model = loaded(tmp_path, estimator)
    [predicted] = model.infer({"data": np.asarray([[0.0]])}, ["predict"]).values()

    assert (dtype, shape) == (model.outputs[0].dtype, model.outputs[0].shape)
    assert dtype == predicted.dtype.name


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        ({"a": 1}, "no scikit-learn estimator"),
        (b"junk", "cannot be unpickled"),
        (LogisticRegression(), "LogisticRegression, which has not been fitted"),
    ],
)
def test_another_pickle_keeps_the_server_from_starting(tmp_path: Path, thing: object, reason: str) -> None:
    """
    A file that is no estimator is named, with the reason.
    """
    path = tmp_path / "m.pkl"
    if isinstance(thing, bytes):
        path.write_bytes(thing)
    else:
        joblib.dump(thing, path)

    with pytest.raises(StartError, match=rf"m\.pkl .*{reason}"):
        load_model(tmp_path)
