"""Models without an entry script, served by a process."""

import sys

import joblib
import pytest
from sklearn.linear_model import Ridge

from tests.scoring.conftest import Service

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
