"""Serving without an entry script: for which models, and what that takes."""

import re
from collections.abc import Iterable
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from modelport.image.request import ONNX, SCIKIT_LEARN, TENSORFLOW, ImageModel

_EXTRAS: Final = {ONNX: "onnx", SCIKIT_LEARN: "sklearn"}
_VERSION: Final = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?")
_FULL: Final = 2


def no_code_problem(models: tuple[ImageModel, ...]) -> str | None:
    """Say why *models* cannot be served without an entry script; ``None`` when they can."""
    if not models:
        return "neither models nor an entry script are given: add a model, or an entry script with init() and run()"
    return next((problem for model in models if (problem := _problem(model))), None)


def _problem(model: ImageModel) -> str | None:
    if model.framework == TENSORFLOW:
        return (
            f"model {model.name!r} is of framework {TENSORFLOW}, which is not served without a script: convert it to "
            f"ONNX (python -m tf2onnx.convert), or add an entry script that loads it from AZUREML_MODEL_DIR"
        )
    if model.framework not in _EXTRAS:
        return (
            f"model {model.name!r} is of framework {model.framework!r}; without a script {ONNX} and {SCIKIT_LEARN} are "
            f"served: add an entry script, or register the model with its framework"
        )
    return None


def runtime_extras(models: Iterable[ImageModel]) -> list[str]:
    """Name the runtime's extras that serve *models* without a script."""
    return sorted({_EXTRAS[each.framework] for each in models if each.framework in _EXTRAS})


def framework_pins(models: Iterable[ImageModel], packages: Iterable[str]) -> list[str]:
    """
    Pin scikit-learn to the version that a model was written with: a pickle promises nothing to another version.

    Models of two versions have no environment in common, which the resolver says. Not when *packages* name
    scikit-learn themselves: the user knows better.
    """
    if any(canonicalize_name(Requirement(each.split(" --hash")[0]).name) == "scikit-learn" for each in packages):
        return []
    versions = [each.framework_version or "" for each in models if each.framework == SCIKIT_LEARN]
    return sorted({f"scikit-learn=={_exact(version)}" for version in versions if _VERSION.fullmatch(version)})


def _exact(version: str) -> str:
    return version if version.count(".") >= _FULL else f"{version}.*"
