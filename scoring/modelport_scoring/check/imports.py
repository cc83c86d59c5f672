<<<<<<< HEAD
"""
Imports that no environment of today can satisfy, and what to write instead.

Sources: scikit-learn's release notes (0.20 and 0.23); Azure ML's entry script documentation.
"""

import ast
from collections.abc import Iterator
from typing import Final

from modelport_scoring.check.finding import Finding

_JOBLIB: Final = "sklearn.externals.joblib"
_MODEL_FOLDER: Final = 'read the folder of the model from os.environ["AZUREML_MODEL_DIR"]'
_RAW: Final = "is not served by this runtime: let run(data) take the request's body and return what json.dumps accepts"

_GONE: Final = {
    "sklearn.externals.six": "is gone since scikit-learn 0.23: write 'import six' and require six",
    "sklearn.cross_validation": "is gone since scikit-learn 0.20: use sklearn.model_selection",
    "sklearn.grid_search": "is gone since scikit-learn 0.20: use sklearn.model_selection",
    "sklearn.learning_curve": "is gone since scikit-learn 0.20: use sklearn.model_selection",
    "sklearn.preprocessing.Imputer": "is gone since scikit-learn 0.22: use sklearn.impute.SimpleImputer",
    "azureml.core": f"needs an Azure ML workspace: remove it and {_MODEL_FOLDER}",
    "azureml.contrib.services": _RAW,
    "azureml_inference_server_http": _RAW,
    "azureml.monitoring": "needs an Azure ML workspace: remove the import and write what it collected to the log",
}


def check_imports(module: ast.Module) -> Iterator[Finding]:
    """Find imports that are gone, wherever they stand; not in a ``try``, where a script minds them itself."""
    for node in _unguarded(module):
        for name in dict.fromkeys(_imported(node)):
            if _covers(_JOBLIB, name):
                text = f"{_JOBLIB} is gone since scikit-learn 0.23 and replaced for now: write 'import joblib'"
                yield Finding(node.lineno, "warning", text)
            for gone, mend in _GONE.items():
                if _covers(gone, name):
                    yield Finding(node.lineno, "error", f"{gone} {mend}")


def _covers(prefix: str, name: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def _unguarded(module: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        guarded = node.body if isinstance(node, ast.Try) and node.handlers else []
        waiting.extend(child for child in ast.iter_child_nodes(node) if child not in guarded)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Name what is imported; of ``from a.b import c`` only ``a.b.c``, which may be a module or not."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.level == 0 and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
=======
"""Imports that worked when many entry scripts were written and fail today."""

import ast
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple


class Gone(NamedTuple):
    """What became of a module."""

    severity: Literal["error", "warning"]
    mend: str


GONE: Final = {
    "sklearn.externals.joblib": Gone(
        "warning", "scikit-learn dropped it in 0.23; the runtime gives joblib instead; write `import joblib`"
    ),
    "sklearn.externals.six": Gone(
        "error", "scikit-learn dropped it in 0.23; write `import six` and add six to the requirements"
    ),
    "azureml.contrib.services": Gone(
        "warning", "it needs azureml-contrib-services in the requirements; run(data) gets the body as text without it"
    ),
    "azureml.core": Gone(
        "warning", "it needs azureml-core in the requirements; AZUREML_MODEL_DIR names the model's folder without it"
    ),
    "azureml.monitoring": Gone("warning", "it needs azureml-monitoring in the requirements"),
}
"""By the module's full name; modules below it share its fate."""


class Use(NamedTuple):
    """An import of a module in `GONE`."""

    line: int
    module: str
    gone: Gone


def gone_imports(tree: ast.Module) -> Iterator[Use]:
    """Find imports of modules that are gone, each once per line; one that is tried with a fallback is fine."""
    for node in _unguarded(tree):
        found = {known: GONE[known] for name in _imported(node) if (known := _known(name)) is not None}
        for module, gone in found.items():
            yield Use(node.lineno, module, gone)


def _unguarded(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.Try) and child.handlers:
            for rest in (*child.handlers, *child.orelse, *child.finalbody):
                yield from _unguarded(rest)
        else:
            yield from _unguarded(child)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Name every module that *node* may import: of ``from a import b``, both ``a`` and ``a.b``."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.module is not None and node.level == 0:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _known(name: str) -> str | None:
    return next((known for known in GONE if name == known or name.startswith(f"{known}.")), None)
>>>>>>> runtime
