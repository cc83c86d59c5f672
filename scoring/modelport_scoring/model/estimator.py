"""What scikit-learn's estimators tell of themselves."""

from typing import Any, Final

import numpy as np

from modelport_scoring.model.tensor import PROTOCOL_TYPES, TEXT, TensorSpec

METHODS: Final = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")
"""What a request may ask for; the first that the estimator has is the default."""
PER_CLASS: Final = frozenset({"predict_proba", "predict_log_proba"})


def output_specs(estimator: Any) -> tuple[TensorSpec, ...]:  # noqa: ANN401  an estimator has no base type, only methods
    """Describe the result of each method that *estimator* has."""
    offered = [name for name in METHODS if callable(getattr(estimator, name, None))]
    return tuple(_output_spec(estimator, name) for name in offered)


def _output_spec(estimator: Any, method: str) -> TensorSpec:  # noqa: ANN401  the same
    classes = getattr(estimator, "classes_", None)
    if method == "predict":
        return TensorSpec(method, _predicted(estimator, classes), (None,) if _is_plain(estimator, classes) else None)
    if method in PER_CLASS and isinstance(classes, np.ndarray):
        return TensorSpec(method, "float64", (None, len(classes)))
    return TensorSpec(method, "float64", (None, None) if method == "transform" else None)


def _predicted(estimator: Any, classes: object) -> str:  # noqa: ANN401  the same
    """Name the element type of predictions."""
    if isinstance(classes, np.ndarray):
        return classes.dtype.name if classes.dtype.name in PROTOCOL_TYPES else TEXT
    return "int64" if hasattr(estimator, "fit_predict") else "float64"  # clusters have numbers


def _is_plain(estimator: Any, classes: object) -> bool:  # noqa: ANN401  the same
    """Whether predictions have one value per row: with several targets they have more, and say so differently."""
    several = getattr(estimator, "n_outputs_", 1) != 1 or np.ndim(getattr(estimator, "intercept_", 0.0)) > 0
    return isinstance(classes, np.ndarray) or not several
