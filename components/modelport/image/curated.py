"""Environments that are known by name: what most scripts of a framework need. The lock pins their versions."""

from difflib import get_close_matches
from typing import Final

from modelport.errors import ModelportError

CURATED: Final = {
    "onnx": ("numpy>=2", "onnxruntime>=1.20,<2"),
    "pytorch-cpu": ("numpy>=2", "torch>=2,<3"),
    "sklearn": ("joblib>=1.4,<2", "numpy>=2", "pandas>=2", "scikit-learn>=1.6,<2"),
    "tensorflow-cpu": ("numpy>=2", "tensorflow-cpu>=2.19,<3"),
}
"""Requirements by name of the environment."""

WITHOUT_AN_INDEX: Final = {
    "pytorch-cpu": "torch of the usual package index brings CUDA along, gigabytes: name an index of its CPU wheels in "
    "extraIndexUrls",
}
"""What to know of an environment when no index is given."""

OTHER_NAMES: Final = {"scikit-learn": "sklearn", "tf-cpu": "tensorflow-cpu", "torch-cpu": "pytorch-cpu"}

_REFUSED: Final = {
    "triton": "the Triton server is an image of its own, which runs no entry script: take it as image.reference",
}


def curated_name(name: str) -> str:
    """Find the curated environment that *name* means; raises `ModelportError` when there is none."""
    if name in _REFUSED:
        msg = f"environment {name!r} is not curated: {_REFUSED[name]}"
        raise ModelportError(msg)
    known = OTHER_NAMES.get(name, name)
    if known not in CURATED:
        near = get_close_matches(name, [*CURATED, *OTHER_NAMES], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"curated are {', '.join(CURATED)}; others say their packages"
        msg = f"there is no environment {name!r}: {hint}"
        raise ModelportError(msg)
    return known
