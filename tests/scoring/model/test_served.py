"""Models without an entry script, served by a process."""

import sys
from urllib.error import HTTPError

import joblib
import numpy as np
import pytest
from sklearn.linear_model import Ridge

from tests.scoring.conftest import Service, until

pytestmark = pytest.mark.slow


def test_a_folder_with_a_model_needs_no_script(service: Service) -> None:
    """
    A model's folder alone is a service with its own document.
    """
    folder = service.folder / "azureml-models" / "plain" / "1"
    folder.mkdir(parents=True)
    joblib.dump(Ridge(alpha=0).fit([[0.0], [1.0]], [0.0, 2.0]), folder / "model.joblib")
    service.ask(command=[sys.executable, "-P", "-m", "modelport_scoring", "--model_dir", str(folder)])
    service.start().wait("serving")
    document = service.score("/swagger.json", None)

    assert {"data": [[0]]} == document["definitions"]["ServiceInput"]["example"]
    assert [6, 8] == pytest.approx(service.score(body=b'{"data": [[3], [4]]}'))


def test_several_models_are_served_under_a_bound(service: Service) -> None:
    """
    Of several models in a process each answers, in turn where memory is short; a broken one harms none.

    The log says what was loaded, unloaded, and that one could not be.
    """
    folder = service.folder / "azureml-models"
    for number, name in enumerate(("one", "two", "three"), start=1):
        (folder / name / "1").mkdir(parents=True)
        estimator = Ridge(alpha=0).fit([[0.0], [1.0]], [0.0, number])
        estimator.ballast_ = np.ones(5_000_000)
        joblib.dump(estimator, folder / name / "1" / "model.joblib")
    (folder / "broken" / "1").mkdir(parents=True)
    (folder / "broken" / "1" / "model.joblib").write_bytes(b"junk")
    environment = service.spec["environment"] | {"MODELPORT_MODEL_MEMORY_MB": "100"}
    command = [sys.executable, "-P", "-m", "modelport_scoring", "--model_dir", str(folder)]
    service.ask(command=command, environment=environment)
    service.start().wait("serving")

    for number, name in [(1, "one"), (2, "two"), (3, "three"), (1, "one")]:
        with pytest.raises(HTTPError, match="503"):
            service.score("/score/broken", b"{}")
        assert [3 * number] == pytest.approx(service.score(f"/score/{name}", b'{"data": [[3]]}'))
    until(lambda: service.log.count("is loaded: ") == 4, "the fourth model is loaded")
    assert 2 == service.log.count("is unloaded: others need its memory")
    assert 1 == service.log.count("model 'broken', version 1, cannot be loaded")
