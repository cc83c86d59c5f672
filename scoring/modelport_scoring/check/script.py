"""Checks an entry script by its syntax tree; nothing of it is run."""

import ast
import keyword
import warnings
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, Literal

from modelport_scoring.check.finding import Finding
from modelport_scoring.check.imports import gone_imports
from modelport_scoring.check.names import check_names

HEADERS_PARAMETER: Final = "request_headers"
Function = ast.FunctionDef | ast.AsyncFunctionDef
_PROGRAM: Final = "__name__ == '__main__'"
Bound = Function | Literal["elsewhere"]
"""A name's definition, or that it comes from an import, an assignment or the like: then nothing is said of it."""


def check_entry_name(name: str) -> list[Finding]:
    """
    Check the file name of an entry script: an importable identifier that ends in ``.py``.

    *name* may be a path; its last part counts.
    """
    base = PurePosixPath(name.replace("\\", "/")).name
    stem, dot, suffix = base.rpartition(".")
    if dot and suffix == "py" and stem.isidentifier() and not keyword.iskeyword(stem):
        return []
    candidate = "".join(letter if f"a{letter}".isidentifier() else "_" for letter in (stem if dot else base))
    usable = f"_{candidate}" if not candidate.isidentifier() or keyword.iskeyword(candidate) else candidate
    rule = "letters, digits and '_', the first no digit, no word of Python, then '.py'"
    return [Finding(None, "error", f"entry script name {base!r} is not allowed: {rule}; try '{usable}.py'")]


def check_script(source: bytes, filename: str) -> list[Finding]:
    """
    Say what would keep the entry script *source* from starting or answering, by line.

    *filename* is used in the messages only.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a user's text is not ours to report
            compile(
                source, filename, "exec", dont_inherit=True
            )  # finds what parsing does not: `return` outside a function
            tree = ast.parse(source, filename)
    except SyntaxError as error:
        return [_unparsable(error, filename)]
    except (ValueError, RecursionError, MemoryError) as error:
        return [Finding(None, "error", f"{filename} does not parse: {error}")]
    try:
        return _findings(tree, filename)
    except RecursionError:
        return [Finding(None, "warning", f"{filename} is nested too deep to be checked; it may still run")]


def _findings(tree: ast.Module, filename: str) -> list[Finding]:
    findings = [
        Finding(use.line, use.gone.severity, f"{filename}:{use.line}: import of {use.module}: {use.gone.mend}")
        for use in gone_imports(tree)
    ]
    findings += check_names(tree, filename)
    findings += _function_findings(tree, filename)
    return sorted(findings, key=lambda finding: finding.line or 0)


def _unparsable(error: SyntaxError, filename: str) -> Finding:
    text = f": {error.text.strip()!r}" if error.text and error.text.strip() else ""
    where = f"{filename}:{error.lineno}" if error.lineno else filename
    return Finding(error.lineno, "error", f"{where} does not parse: {error.msg}{text}")


def _function_findings(tree: ast.Module, filename: str) -> Iterator[Finding]:
    bound: dict[str, Bound] = {}
    _bind(tree.body, bound)
    for name, form in (("init", "init()"), ("run", "run(data)")):
        function = bound.get(name)
        if function is None and "*" not in bound and not ("driver_module" in bound and name == "run"):
            message = f"{filename} has no function {name}: an entry script defines {form} at the top level"
            yield Finding(None, "error", message)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            problem = _signature_problem(function)
            if problem is not None:
                yield Finding(function.lineno, "error", f"{filename}:{function.lineno}: {problem}")


def _bind(body: list[ast.stmt], bound: dict[str, Bound]) -> None:
    """Follow what the statements of *body*, in order, bind at the top level; ``*`` stands for a star import."""
    for statement in body:
        if isinstance(statement, Function):
            bound[statement.name] = statement
        elif isinstance(statement, ast.Delete):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    bound.pop(target.id, None)
        elif not _is_for_programs(statement):
            bound.update(dict.fromkeys(_names_bound(statement), "elsewhere"))


def _is_for_programs(statement: ast.stmt) -> bool:
    """Say whether *statement* runs only in a program, not in a module that is imported."""
    return isinstance(statement, ast.If) and not statement.orelse and ast.unparse(statement.test) == _PROGRAM


def _names_bound(node: ast.AST) -> Iterator[str]:
    """Name what *node* binds in its own scope, whichever branch is taken."""
    if isinstance(node, Function | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Import):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _names_bound(child)


def _signature_problem(function: Function) -> str | None:
    if isinstance(function, ast.AsyncFunctionDef):
        return f"{function.name}() is a coroutine: it would never be awaited; write `def {function.name}`"
    if _yields(function):
        return f"{function.name}() is a generator: nothing would run it; return the whole result"
    if function.decorator_list:
        return None  # the decorator decides what is called
    return _init_problem(function.args) if function.name == "init" else _run_problem(function.args)


def _yields(function: Function) -> bool:
    """Say whether *function* itself, not one inside it, is a generator."""
    waiting: list[ast.AST] = [] if function.decorator_list else list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _init_problem(arguments: ast.arguments) -> str | None:
    required = _required(arguments)
    if not required:
        return None
    return f"init() is called without arguments but requires {', '.join(required)}; give a default"


def _run_problem(arguments: ast.arguments) -> str | None:
    if arguments.posonlyargs or arguments.vararg or arguments.kwarg:
        return "run() cannot accept positional-only arguments, *args, or **kwargs; write `def run(data)`"
    names = [argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)]
    if not names:
        return "run() needs to accept an argument for input data; write `def run(data)`"
    if names == [HEADERS_PARAMETER]:
        return f'run() needs to accept an argument other than "{HEADERS_PARAMETER}"; write `def run(data, {names[0]})`'
    data = next(name for name in names if name != HEADERS_PARAMETER)
    surplus = [name for name in _required(arguments) if name not in {data, HEADERS_PARAMETER}]
    if surplus:
        return f"run() is called with one argument, {data!r}; give {', '.join(surplus)} a default"
    return None


def _required(arguments: ast.arguments) -> list[str]:
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    required = positional[: len(positional) - len(arguments.defaults)]
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return required + [argument.arg for argument, default in keyword_only if default is None]
