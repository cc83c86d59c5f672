"""Tests of `modelport.registry.metadata`."""

import math
from pathlib import Path
from typing import Any

import pytest
from modelport.errors import InvalidInputsError
from modelport.registry.framework import Framework
from modelport.registry.metadata import ModelMetadata, Sample, read_metadata
from modelport.resources import Resources


def test_everything_that_is_given_is_read(tmp_path: Path) -> None:
    """
    Inputs come as the engine sends them: camelCase, whole numbers as floats; other inputs are not looked at.
    """
    (tmp_path / "in.json").write_bytes(b"[1]")
    inputs = {
        "name": "diabetes",
        "tags": {"team": "risk"},
        "properties": {"run": "7"},
        "description": "ridge",
        "framework": "ScikitLearn",
        "frameworkVersion": "1.9",
        "resources": {"cpu": 0.5, "memoryGb": 2.0, "gpu": 1.0},
        "sampleInput": "in.json",
    }
    expected = ModelMetadata(
        {"team": "risk"},
        {"run": "7"},
        "ridge",
        Framework.SCIKIT_LEARN,
        "1.9",
        Resources(0.5, 2.0, 1),
        Sample("in.json", b"[1]"),
    )

    assert expected == read_metadata(inputs, base=tmp_path)


def test_nothing_given_is_nothing_said(tmp_path: Path) -> None:
    """
    Every input is optional.
    """
    assert ModelMetadata() == read_metadata({}, base=tmp_path)


@pytest.mark.parametrize(
    ("inputs", "path", "hint"),
    [
        ({"tags": {"a": 1}}, "tags.a", "write it in quotes"),
        ({"tags": ["a"]}, "tags", "write it as key: value"),
        ({"properties": {"a": None}}, "properties.a", "write it in quotes"),
        ({"description": 3.0}, "description", "write it in quotes"),
        ({"framework": "scikitlearn"}, "framework", "did you mean 'ScikitLearn'?"),
        ({"framework": "Onnx", "frameworkVersion": 1.1}, "frameworkVersion", "write it in quotes"),
        ({"frameworkVersion": "1.9"}, "frameworkVersion", "needs `framework`"),
        ({"resources": {"cpu": 0.0}}, "resources.cpu", "more than 0"),
        ({"resources": {"memoryGb": math.nan}}, "resources.memoryGb", "more than 0"),
        ({"resources": {"memoryGb": "2"}}, "resources.memoryGb", "no number"),
        ({"resources": {"gpu": -1.0}}, "resources.gpu", "0 or more"),
        ({"resources": {"gpu": 0.5}}, "resources.gpu", "not whole"),
        ({"resources": {"cpu": True}}, "resources.cpu", "no number"),
        ({"resources": 3}, "resources", "no mapping"),
        ({"sampleInput": "none.json"}, "sampleInput", "does not exist"),
        ({"sampleOutput": "empty"}, "sampleOutput", "has 0 bytes"),
        ({"sampleOutput": "big"}, "sampleOutput", "has 1000001 bytes"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, inputs: dict[str, Any], path: str, hint: str) -> None:
    """
    A wrong input is one failure, at its path, with a rule or a way out.
    """
    (tmp_path / "empty").touch()
    (tmp_path / "big").write_bytes(bytes(1_000_001))

    with pytest.raises(InvalidInputsError) as error:
        read_metadata(inputs, base=tmp_path)
    (failure,) = error.value.failures
    assert path == failure.property_path
    assert hint in failure.reason


def test_all_failures_come_together(tmp_path: Path) -> None:
    """
    One run names everything that is wrong.
    """
    with pytest.raises(InvalidInputsError) as error:
        read_metadata({"tags": {"a": 1, "b": 2}, "framework": "x", "resources": {"gpu": "1"}}, base=tmp_path)

    assert ["tags.a", "tags.b", "framework", "resources.gpu"] == [
        failure.property_path for failure in error.value.failures
    ]
