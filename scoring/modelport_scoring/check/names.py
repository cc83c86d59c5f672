"""Names that a script uses and that nothing in it could have bound: mostly a forgotten import."""

import ast
import builtins
import sys
from collections.abc import Iterator
from typing import Final

from modelport_scoring.check.finding import Finding

_GIVEN: Final = frozenset(dir(builtins)) | {
    *("__annotations__", "__builtins__", "__cached__", "__class__", "__doc__", "__file__", "__loader__", "__name__"),
    *("__package__", "__path__", "__spec__"),
}
_DYNAMIC: Final = frozenset({"exec", "globals", "vars", "setattr"})
_IMPORTS: Final = {"np": "import numpy as np", "pd": "import pandas as pd", "joblib": "import joblib"}


def check_names(module: ast.Module, filename: str) -> Iterator[Finding]:
    """
    Find names that are bound nowhere; scopes are not told apart, so nothing that could work is reported.

    Silent when the text does not tell all: star imports, ``globals()``, ``exec``.
    """
    bound = set(_bound(module))
    used = [node for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    if "*" in bound or any(node.id in _DYNAMIC for node in used):
        return
    seen: set[str] = set()
    for node in sorted(used, key=lambda each: each.lineno):
        if node.id not in bound and node.id not in _GIVEN and node.id not in seen:
            seen.add(node.id)
            yield _finding(node, f"{filename}:{node.lineno}")


def _finding(node: ast.Name, place: str) -> Finding:
    statement = f"import {node.id}" if node.id in sys.stdlib_module_names else _IMPORTS.get(node.id)
    if statement is None:
        return Finding(node.lineno, "warning", f"{place}: {node.id!r} is used but nothing in the script defines it")
    return Finding(node.lineno, "error", f"{place}: {node.id!r} is used but not imported: add `{statement}`")


def _bound(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.Global(names=names):
                yield from names
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
            case _:
                yield from _type_parameter(node)


def _type_parameter(node: ast.AST) -> Iterator[str]:
    """Yield the name of a type parameter (`def f[T]`, Python 3.12)."""
    if type(node).__name__ in {"TypeVar", "ParamSpec", "TypeVarTuple"}:
        yield getattr(node, "name", "")
