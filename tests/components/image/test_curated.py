import pytest
from modelport.errors import ModelportError
from modelport.image.curated import CURATED, OTHER_NAMES, curated_name
from packaging.requirements import Requirement


def test_other_names_mean_curated_environments() -> None:
    """
    `torch-cpu` and `tf-cpu` are short for what is curated.
    """
    assert set(OTHER_NAMES.values()) <= set(CURATED)
    assert curated_name("torch-cpu") == "pytorch-cpu"
    assert curated_name("sklearn") == "sklearn"


def test_every_curated_environment_has_lower_bounds() -> None:
    """
    The lock pins; the set says only from where on it is known to work.
    """
    requirements = [Requirement(text) for texts in CURATED.values() for text in texts]

    assert all(">=" in str(each.specifier) for each in requirements)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("triton", "runs no entry script"), ("skleern", "did you mean 'sklearn'?"), ("zzz", "curated are onnx, ")],
)
def test_other_names_are_refused_with_a_way_out(name: str, reason: str) -> None:
    """
    A name that nobody declared is no environment.
    """
    with pytest.raises(ModelportError, match=name) as raised:
        curated_name(name)

    assert reason in str(raised.value)
