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
    "azureml.core": Gone(
        "warning",
        "without azureml-core in the requirements only Model.get_model_path() works; AZUREML_MODEL_DIR is simpler",
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
