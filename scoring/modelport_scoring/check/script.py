"""Read an entry script, without running it, and say what is wrong with it."""

import ast
import keyword
import warnings
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from modelport_scoring.check.bindings import Binding, Bindings, module_bindings
from modelport_scoring.check.finding import Finding
from modelport_scoring.check.imports import check_imports
from modelport_scoring.check.names import check_names
from modelport_scoring.check.signature import check_init, check_run

SUFFIX: Final = ".py"
DRIVER: Final = "driver_module"
"""A generated driver script names the module with `run` so; its own `run` is not needed."""

_QUOTED: Final = 80
"""Characters of a line that does not parse which are shown."""

_MISSING: Final = {
    "init": "no init() is defined: add 'def init():' that loads the model once, before the first request",
    "run": "no run() is defined: add 'def run(data):' that answers one request",
}


def check_entry_name(name: str) -> list[Finding]:
    """Find why the file *name* (a path with slashes) cannot be an entry script: it must be importable by its name."""
    file = PurePosixPath(name).name
    stem = file.removesuffix(SUFFIX)
    if not file.endswith(SUFFIX):
        return [Finding(None, "error", f"{file!r} is no Python file: an entry script's name ends in {SUFFIX}")]
    if not stem.isidentifier() or keyword.iskeyword(stem):
        rule = "letters, digits and '_', the first no digit, and no word of the language"
        return [Finding(None, "error", f"{file!r} cannot be imported: its name before {SUFFIX} must be {rule}")]
    return []


def check_script(source: bytes, filename: str) -> list[Finding]:
    """Find what would keep the script *source* from being served, in the order of its lines."""
    try:
        module = _parsed(source, filename)
    except SyntaxError as error:
        return [_unparsable(error)]
    except (ValueError, RecursionError, MemoryError) as error:
        return [Finding(None, "error", f"does not parse: {error or 'nested too deep'}")]
    bindings = module_bindings(module)
    findings = [*_check_functions(bindings), *check_imports(module), *check_names(module)]
    return sorted(findings, key=lambda each: each.line or 0)


def _parsed(source: bytes, filename: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a doubtful escape in a user's string is no finding of ours
        compile(source, filename, "exec", dont_inherit=True)  # finds more than the parser: a return outside a function
        return ast.parse(source, filename)


def _unparsable(error: SyntaxError) -> Finding:
    text = (error.text or "").strip()[:_QUOTED]
    return Finding(error.lineno or None, "error", f"does not parse: {error.msg}" + (f": {text}" if text else ""))


def _check_functions(bindings: Bindings) -> Iterator[Finding]:
    yield from _check_function("init", bindings.last.get("init"), check_init, is_open=bindings.is_open)
    if DRIVER not in bindings.last:
        yield from _check_function("run", bindings.last.get("run"), check_run, is_open=bindings.is_open)


def _check_function(
    name: str,
    binding: Binding | None,
    check: Callable[[ast.FunctionDef | ast.AsyncFunctionDef], Iterator[Finding]],
    *,
    is_open: bool,
) -> Iterator[Finding]:
    if binding is None and not is_open:
        yield Finding(None, "error", _MISSING[name])
    elif binding is not None and not is_open and binding.function is not None:
        yield from check(binding.function)
