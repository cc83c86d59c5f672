import pytest
from modelport_scoring.check.script import check_script

GOOD = "def init(): pass\ndef run(data): return data\n"


@pytest.mark.parametrize(
    ("source", "severity", "mend"),
    [
        ("from sklearn.externals import joblib", "warning", "write 'import joblib'"),
        ("import sklearn.externals.joblib as joblib", "warning", "write 'import joblib'"),
        ("from sklearn.externals.joblib import load", "warning", "write 'import joblib'"),
        ("from sklearn.externals import six", "error", "write 'import six'"),
        ("from sklearn.preprocessing import Imputer", "error", "use sklearn.impute.SimpleImputer"),
        ("def load():\n    from azureml.core.model import Model", "error", 'os.environ["AZUREML_MODEL_DIR"]'),
        ("from azureml.contrib.services.aml_request import AMLRequest, rawhttp", "error", "is not served"),
    ],
)
def test_an_import_that_is_gone_is_found_with_its_mend(source: str, severity: str, mend: str) -> None:
    """
    Each import that no environment can satisfy is named with what to write instead.
    """
    finding = check_script(f"{GOOD}{source}\n".encode(), "score.py")[0]

    assert (severity, True) == (finding.severity, mend in finding.message)


@pytest.mark.parametrize(
    "source",
    [
        "import sklearn.externals_of_mine",
        "from .sklearn.externals import six",
        "try:\n    from azureml.core.model import Model\nexcept ImportError:\n    Model = None",
        "from sklearn.preprocessing import StandardScaler",
    ],
)
def test_other_imports_are_the_environments_matter(source: str) -> None:
    """
    What may be installed, or what the script guards itself, is not reported.
    """
    assert [] == check_script(f"{GOOD}{source}\n".encode(), "score.py")
