"""What is wrong with a request as it is written, before any file is looked at."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from modelport_scoring import wire

from modelport.errors import InputError
from modelport.image.request import ImageRequest
from modelport.naming import MODELS_PER_SERVICE, model_name_problem

_NAME: Final = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_NAME_LENGTH: Final = 128
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS: Final = frozenset(
    {
        wire.APP_ROOT,
        wire.ENTRY_SCRIPT,
        wire.MODEL_DIR,
        wire.LISTEN_DESCRIPTOR,
        wire.CONTROL_DESCRIPTOR,
        wire.KEYS_FILE,
        wire.DRAIN_TIMEOUT,
        wire.IDLE_GRACE,
    }
)


def request_problems(request: ImageRequest) -> Iterator[InputError]:
    """Find what is wrong with name, models and variables of *request*; files are looked at elsewhere."""
    if len(request.name) > _NAME_LENGTH or not _NAME.fullmatch(request.name):
        reason = (
            f"image name {request.name!r} is not allowed: lowercase letters and digits, with '.', '_' or '-' between"
        )
        yield InputError("name", reason)
    yield from chain(_model_problems(request), _variable_problems(request))


def _model_problems(request: ImageRequest) -> Iterator[InputError]:
    if len(request.models) > MODELS_PER_SERVICE:
        reason = f"{len(request.models)} models are more than the {MODELS_PER_SERVICE} one image can have: split it"
        yield InputError("models", reason)
    seen: set[str] = set()
    for position, model in enumerate(request.models):
        path = f"models[{position}]"
        name_problem = model_name_problem(model.name)
        if name_problem:
            yield InputError(path, name_problem)
        if model.name in seen:
            yield InputError(path, f"model {model.name!r} is given twice: one version of a model is in an image")
        if not _DIGEST.fullmatch(model.digest):
            yield InputError(
                path, f"model {model.name!r} has digest {model.digest!r}: sha256: and 64 digits are needed"
            )
        seen.add(model.name)


def _variable_problems(request: ImageRequest) -> Iterator[InputError]:
    for name, value in request.environment_variables.items():
        path = f"environmentVariables.{name}"
        if not _VARIABLE.fullmatch(name):
            yield InputError(path, "the name is not allowed: letters, digits and '_', the first no digit")
        elif name in _OURS:
            yield InputError(path, "the scoring runtime sets this variable itself: remove it")
        elif "\0" in value:
            yield InputError(path, "the value holds a NUL character, which no environment can: remove it")
