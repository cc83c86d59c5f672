"""Loads an Azure ML entry script: a Python file with ``init()`` and ``run()``."""

import importlib.util
import inspect
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

from modelport_scoring import compatibility
from modelport_scoring.alarm import TimesUp
from modelport_scoring.arguments import Mode, mode_of
from modelport_scoring.errors import BadInputError, RunFailedError, StartError
from modelport_scoring.raw import aml_request
from modelport_scoring.raw.aml_response import whole_answer
from modelport_scoring.scorer import ScoreRequest

MODULE_NAME: Final = "entry_module"
LONGEST_REASON: Final = 500
PLAIN: Final = frozenset({dict, list, str, int, float, bool, tuple})
"""What most scripts give, and what is certainly no whole answer."""
_log = logging.getLogger(__name__)

Run = Callable[..., object]
Read = Callable[[ScoreRequest], dict[str, object]]


class Script:
    """An entry script that is ready."""

    def __init__(self, run: Run, mode: Mode) -> None:
        self.methods = mode.methods
        self.schema = mode.schema
        self._run = run
        self._read = mode.read
        self._code = getattr(inspect.unwrap(run), "__code__", None) if mode.converts else None

    def score(self, request: ScoreRequest) -> object:
        """
        Call ``run()``.

        Raises `RunFailedError` when it raises (the log has the traceback), `BadInputError` when what stands around it
        could not convert the input to the declared type.
        """
        arguments = self._read(request)
        try:
            result = self._run(**arguments)
        except TimesUp:
            raise
        except BaseException as error:  # whatever a script raises, the server goes on
            if self._code is not None and not _reached(error, self._code):
                msg = f"The input does not fit the declared schema: {error}"
                raise BadInputError(msg) from error
            _log.exception("run() raised")
            raise RunFailedError from error
        if result is None:
            return {}
        return result if type(result) in PLAIN else whole_answer(result) or result


def load_script(path: Path, app_root: Path, source_directory: Path | None = None) -> Script:
    """
    Import the script at *path* and call its ``init()``, on this thread.

    Raises `StartError`: missing, cannot be imported, lacks a function, or ``init()`` raised.
    """
    if not path.is_file():
        msg = f"the entry script {path} does not exist; --entry_script or AZUREML_ENTRY_SCRIPT names it"
        raise StartError(msg)
    _prepare_imports(path, app_root, source_directory)
    module = _imported(path)
    init, run = _function(module, "init", path), _function(_driver(module), "run", path)
    mode = mode_of(run)
    try:
        init()
    except BaseException as error:
        subject = "init()"
        raise _start_error(subject, error, path) from error
    return Script(run, mode)


def _prepare_imports(path: Path, app_root: Path, source_directory: Path | None) -> None:
    """Let the script import what lies beside it before anything else of that name, as ``python score.py`` would."""
    compatibility.install()
    aml_request.forget()
    sys.path.insert(0, str(path.parent))
    sys.path.append(str(app_root))
    if source_directory is not None:
        sys.path.append(str(source_directory))


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


def _reached(error: BaseException, code: CodeType) -> bool:
    """Say whether *error* comes from within the function of *code*."""
    return any(frame.f_code is code for frame, _ in traceback.walk_tb(error.__traceback__))


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
