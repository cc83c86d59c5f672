import pytest
from modelport.image.no_code import framework_pins, no_code_problem, runtime_extras
from modelport.image.request import ImageModel, resources_of
from modelport.resources import Resources

DIGEST = "sha256:" + "a" * 64


def _model(framework: str, version: str | None = None, name: str = "m") -> ImageModel:
    return ImageModel(name, DIGEST, framework=framework, framework_version=version)


@pytest.mark.parametrize("framework", ["Onnx", "ScikitLearn"])
def test_onnx_and_scikit_learn_models_need_no_script(framework: str) -> None:
    """
    The runtime serves these by itself, one or several.
    """
    assert no_code_problem((_model(framework),)) is None
    assert no_code_problem((_model(framework, name="a"), _model("Onnx", name="b"))) is None


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        ((), "neither models nor an entry script"),
        ((_model("Onnx", name="a"), _model("PyTorch", name="b")), "model 'b' is of framework 'PyTorch'"),
        ((_model("TensorFlow"),), "convert it to ONNX (python -m tf2onnx.convert), or add an entry script"),
        ((_model("Custom"),), "is of framework 'Custom'"),
    ],
)
def test_everything_else_needs_one(models: tuple[ImageModel, ...], reason: str) -> None:
    """
    The error says what to add.
    """
    problem = no_code_problem(models)

    assert problem is not None
    assert reason in problem
    assert "add" in problem


def test_the_runtime_gets_the_extra_of_the_framework() -> None:
    """
    Only what the model needs is installed.
    """
    assert runtime_extras([_model("Onnx")]) == ["onnx"]
    assert runtime_extras([_model("ScikitLearn")]) == ["sklearn"]
    assert runtime_extras([_model("Custom")]) == []


@pytest.mark.parametrize(
    ("version", "packages", "expected"),
    [
        ("1.6.1", (), ["scikit-learn==1.6.1"]),
        ("1.6", (), ["scikit-learn==1.6.*"]),
        (None, (), []),
        ("unknown", (), []),
        ("1.6.1", ("scikit-learn>=1.5",), []),
        ("1.6.1", ("numpy==2 --hash=sha256:00",), ["scikit-learn==1.6.1"]),
    ],
)
def test_scikit_learn_is_the_version_that_wrote_the_model(
    version: str | None, packages: tuple[str, ...], expected: list[str]
) -> None:
    """
    A pickle is read by the version that wrote it, unless the user says otherwise.
    """
    assert expected == framework_pins([_model("ScikitLearn", version)] * 2, packages)


def test_resources_of_several_models_are_put_together() -> None:
    """
    All models are in memory at once; cores and cards serve one request at a time.
    """
    one = ImageModel("a", DIGEST, resources=Resources(cpu=1, memory_gb=2))
    two = ImageModel("b", DIGEST, resources=Resources(cpu=2, memory_gb=0.5, gpu=1))

    assert Resources(2, 2.5, 1) == resources_of((one, two, ImageModel("c", DIGEST)))
    assert Resources() == resources_of(())
