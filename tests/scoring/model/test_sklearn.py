"""scikit-learn models without an entry script."""

import json
from pathlib import Path

import joblib
import numpy as np
import pytest
from modelport_scoring.answer import json_answer
from modelport_scoring.errors import BadInputError, StartError
from modelport_scoring.model import load_model
from modelport_scoring.scorer import Scorer, ScoreRequest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def request_of(document: object) -> ScoreRequest:
    return ScoreRequest("POST", "", {}, json.dumps(document).encode())


@pytest.fixture
def classifier(tmp_path: Path) -> Scorer:
    """Load a classifier of two features."""
    estimator = LogisticRegression().fit(np.asarray([[0, 0], [1, 1], [0, 1], [5, 5]]), [0, 1, 0, 1])
    joblib.dump(estimator, tmp_path / "m.joblib")
    return load_model(tmp_path)


def test_rows_in_results_out(classifier: Scorer) -> None:
    """
    One result per row, as JSON.
    """
    result = classifier.score(request_of({"data": [[0, 0], [9, 9]]}))

    assert b"[0, 1]" == json_answer(result).body


def test_another_method_may_be_asked_for(classifier: Scorer) -> None:
    """
    `method` chooses among what the estimator offers.
    """
    result = classifier.score(request_of({"data": [[0, 0]], "method": "predict_proba"}))

    assert (1, 2) == np.shape(np.asarray(result))
    with pytest.raises(BadInputError, match=r"The model has no method 'fit'\. It offers predict, predict_proba"):
        classifier.score(request_of({"data": [[0, 0]], "method": "fit"}))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"data": [[1, 2, 3]]}, "Each row has 3 values; the model takes 2."),
        ({"data": [[1, 2], [3]]}, "Rows must be lists of one length."),
        ({"data": [1, 2]}, "Rows must be lists of one length."),
        ({"data": []}, "The body has no rows."),
        ({}, "The body has no rows."),
        ({"data": [["a", "b"]]}, "The model refuses this input"),
        ({"data": [[1, None]]}, "The model refuses this input"),
    ],
)
def test_input_that_does_not_fit_is_explained(classifier: Scorer, document: object, message: str) -> None:
    """
    The caller learns what is wrong with the rows.
    """
    with pytest.raises(BadInputError) as raised:
        classifier.score(request_of(document))

    assert message in str(raised.value)


def test_the_schema_has_an_example_that_scores(classifier: Scorer) -> None:
    """
    The example of the document is an input that the model takes.
    """
    assert (1,) == np.shape(np.asarray(classifier.score(request_of(classifier.schema.input["example"]))))


def test_a_pipeline_takes_texts(tmp_path: Path) -> None:
    """
    Texts are rows for an estimator that begins with a vectorizer.
    """
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression()).fit(["good", "bad", "good good"], [1, 0, 1])
    joblib.dump(pipeline, tmp_path / "m.pkl")

    assert b"[1]" == json_answer(load_model(tmp_path).score(request_of({"data": ["good"]}))).body


def test_a_transformer_transforms(tmp_path: Path) -> None:
    """
    An estimator that cannot predict does what it can.
    """
    joblib.dump(StandardScaler().fit([[0.0], [2.0]]), tmp_path / "m.joblib")

    assert b"[[0.0]]" == json_answer(load_model(tmp_path).score(request_of({"data": [[1]]}))).body


@pytest.mark.parametrize(
    ("thing", "reason"), [({"a": 1}, "no scikit-learn estimator"), (b"junk", "cannot be unpickled")]
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
