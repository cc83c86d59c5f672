"""Whether `init` and `run` can be called as the server calls them, read from their definitions."""

import ast
from collections.abc import Iterator

from modelport_scoring.check.finding import Finding

HEADERS_PARAMETER = "request_headers"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_init(function: _Function) -> Iterator[Finding]:
    """Find why ``init()`` cannot be called without arguments."""
    yield from _check_kind(function)
    required = _required(function.args)
    if required:
        names = ", ".join(required)
        yield _error(function, f"init() is called without arguments, but requires {names}: give a default or remove it")


def check_run(function: _Function) -> Iterator[Finding]:
    """Find why ``run(data)`` or ``run(data, request_headers)`` cannot be called."""
    yield from _check_kind(function)
    parameters = function.args
    if parameters.vararg or parameters.kwarg or parameters.posonlyargs:
        yield _error(function, "run() cannot accept positional-only arguments, *args, or **kwargs: name each parameter")
        return
    names = [each.arg for each in (*parameters.args, *parameters.kwonlyargs)]
    data = [name for name in names if name != HEADERS_PARAMETER]
    if not names:
        yield _error(function, "run() needs to accept an argument for input data: def run(data)")
    elif not data:
        text = f'run() needs to accept an argument other than "{HEADERS_PARAMETER}": def run(data, {HEADERS_PARAMETER})'
        yield _error(function, text)
    else:
        yield from _check_others(function, data[0])


def _check_others(function: _Function, data: str) -> Iterator[Finding]:
    others = [name for name in _required(function.args) if name not in (data, HEADERS_PARAMETER)]
    if others:
        text = (
            f"run() is called with the request body as {data!r}, but also requires {', '.join(others)}: "
            f"give a default, or decorate run() with @input_schema"
        )
        yield _error(function, text)


def _check_kind(function: _Function) -> Iterator[Finding]:
    if isinstance(function, ast.AsyncFunctionDef):
        yield _error(function, f"{function.name}() is async, and nothing awaits it: write a plain def")
    elif any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function)):
        yield _error(function, f"{function.name}() is a generator, and nothing iterates it: return the whole result")


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """Walk the body of *function*, not those of functions and classes inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _required(parameters: ast.arguments) -> list[str]:
    positional = [*parameters.posonlyargs, *parameters.args]
    required = [each.arg for each in positional[: len(positional) - len(parameters.defaults)]]
    pairs = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    return required + [each.arg for each, default in pairs if default is None]


def _error(function: _Function, message: str) -> Finding:
    return Finding(function.lineno, "error", message)
