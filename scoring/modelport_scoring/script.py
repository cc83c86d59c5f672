"""Loads an Azure ML entry script: a Python file with ``init()`` and ``run()``."""

import importlib.util
import inspect
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from modelport_scoring import compatibility
from modelport_scoring.errors import RunFailedError, StartError
from modelport_scoring.scorer import Schema, ScoreRequest

MODULE_NAME: Final = "entry_module"
HEADERS_PARAMETER: Final = "request_headers"
LONGEST_REASON: Final = 500
_log = logging.getLogger(__name__)

Run = Callable[..., object]
Read = Callable[[ScoreRequest], dict[str, object]]


class Script:
    """An entry script that is ready: *read* turns a request into the arguments of *run*."""

    methods: Final = frozenset({"GET", "POST"})

    def __init__(self, run: Run, read: Read) -> None:
        self._run = run
        self._read = read

    @property
    def schema(self) -> Schema:
        """Nothing is known of a script without a declared schema."""
        return Schema(input={"type": "object", "example": {}}, output={"type": "object", "example": {}})

    def score(self, request: ScoreRequest) -> object:
        """Call ``run()``. Raises `RunFailedError` when it raises; the log has the traceback."""
        arguments = self._read(request)
        try:
            result = self._run(**arguments)
        except (Exception, SystemExit) as error:
            _log.exception("run() raised")
            raise RunFailedError from error
        return {} if result is None else result


def load_script(path: Path, app_root: Path) -> Script:
    """
    Import the script at *path* and call its ``init()``, on this thread.

    Raises `StartError`: missing, cannot be imported, lacks a function, or ``init()`` raised.
    """
    if not path.is_file():
        msg = f"the entry script {path} does not exist; --entry_script or AZUREML_ENTRY_SCRIPT names it"
        raise StartError(msg)
    _prepare_imports(path, app_root)
    module = _imported(path)
    init, run = _function(module, "init", path), _function(_driver(module), "run", path)
    read = reader_for(run)
    try:
        init()
    except BaseException as error:
        subject = "init()"
        raise _start_error(subject, error, path) from error
    return Script(run, read)


def reader_for(run: Run) -> Read:
    """
    Choose, once, how requests become the arguments of *run*.

    Raises `StartError` when *run* cannot be called with input data.
    """
    parameters = dict(inspect.signature(run).parameters)
    kinds = {each.kind for each in parameters.values()}
    if kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY}:
        msg = "run() cannot accept positional-only arguments, *args, or **kwargs."
        raise StartError(msg)
    takes_headers = parameters.pop(HEADERS_PARAMETER, None) is not None
    if not parameters:
        other = f' other than "{HEADERS_PARAMETER}"' if takes_headers else ""
        msg = f"run() needs to accept an argument{other or ' for input data'}."
        raise StartError(msg)
    data, *others = parameters
    needed = [name for name in others if parameters[name].default is inspect.Parameter.empty]
    if needed:
        msg = f"run() is called with one argument, {data!r}; give {', '.join(needed)} a default"
        raise StartError(msg)

    def read(request: ScoreRequest) -> dict[str, object]:
        arguments: dict[str, object] = {data: request.text()}
        if takes_headers:
            arguments[HEADERS_PARAMETER] = {name.title(): value for name, value in request.headers.items()}
        return arguments

    return read


def _prepare_imports(path: Path, app_root: Path) -> None:
    """Let the script import what lies beside it before anything else of that name, as ``python score.py`` would."""
    compatibility.install()
    sys.path.insert(0, str(path.parent))
    sys.path.append(str(app_root))


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODULE_NAME, path)
    if spec is None or spec.loader is None:
        msg = f"the entry script {path} is not a Python file: its name must end in .py"
        raise StartError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module  # its classes must pickle, its dataclasses must find their annotations
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        subject = f"importing {path.name}"
        raise _start_error(subject, error, path) from error
    return module


def _driver(module: ModuleType) -> ModuleType:
    """Give the module whose ``run()`` counts: generated driver scripts keep the user's in ``driver_module``."""
    driver = getattr(module, "driver_module", None)
    return driver if isinstance(driver, ModuleType) and hasattr(driver, "run") else module


def _function(module: ModuleType, name: str, path: Path) -> Callable[..., Any]:
    function: object = getattr(module, name, None)
    if not callable(function):
        msg = f"the entry script {path.name} has no function {name}(); an entry script has init() and run(data)"
        raise StartError(msg)
    return function


def _start_error(subject: str, error: BaseException, path: Path) -> StartError:
    if isinstance(error, KeyboardInterrupt):
        return StartError(f"{subject} was interrupted")
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(str(path.parent))]
    text = " ".join("".join(traceback.format_exception_only(error)).split())
    if isinstance(error, SyntaxError):
        text = f"{type(error).__name__}: {error.msg} ({Path(error.filename or path).name}:{error.lineno})"
    elif frames:
        text = f"{text[:LONGEST_REASON]} ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
    return StartError(f"{subject} raised {text}")
