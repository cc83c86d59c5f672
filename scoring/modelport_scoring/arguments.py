"""How a request becomes the arguments of ``run()``: chosen once, when the script is loaded."""

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from modelport_scoring.errors import BadInputError, StartError, UnsupportedMediaTypeError
from modelport_scoring.raw.aml_request import AMLRequest, is_json, is_raw
from modelport_scoring.scorer import Schema, ScoreRequest

HEADERS_PARAMETER: Final = "request_headers"
DECLARATIONS: Final = ("inference_schema.schema_util", "modelport_scoring.declared.decorators")
"""The modules that know what is declared: of the package, and ours; a script has imported one of them, if any."""

Run = Callable[..., object]
Read = Callable[[ScoreRequest], dict[str, object]]
UNKNOWN: Final = Schema(input={"type": "object", "example": {}}, output={"type": "object", "example": {}})


@dataclass(frozen=True)
class Mode:
    """How a script is called."""

    read: Read
    schema: Schema = UNKNOWN
    methods: frozenset[str] = frozenset({"GET", "POST"})
    converts: bool = False
    """What stands around ``run()`` makes values of the declared types, and may fail."""


def mode_of(run: Run) -> Mode:
    """Choose how *run* is called. Raises `StartError` when it cannot be called with input data."""
    parameters = _parameters(run)
    takes_headers = parameters.pop(HEADERS_PARAMETER, None) is not None
    if not parameters:
        other = f' other than "{HEADERS_PARAMETER}"' if takes_headers else ""
        msg = f"run() needs to accept an argument{other or ' for input data'}."
        raise StartError(msg)
    declarations = next((sys.modules[name] for name in DECLARATIONS if name in sys.modules), None)
    is_declared = declarations is not None and declarations.is_schema_decorated(run)
    if is_raw() and is_declared:
        msg = "run() cannot be decorated with both @rawhttp and @input_schema"
        raise StartError(msg)
    if declarations is not None and is_declared:
        schema = Schema(
            declarations.get_input_schema(run),
            declarations.get_output_schema(run),
            tuple(declarations.get_supported_versions(run)),
        )
        return Mode(_with_headers(_declared(parameters), takes=takes_headers), schema, converts=True)
    data, *others = parameters
    needed = [name for name in others if parameters[name].default is inspect.Parameter.empty]
    if needed:
        msg = f"run() is called with one argument, {data!r}; give {', '.join(needed)} a default"
        raise StartError(msg)
    if is_raw():
        methods = frozenset({"GET", "POST", "OPTIONS", "HEAD"})
        return Mode(_with_headers(lambda request: {data: AMLRequest(request)}, takes=takes_headers), methods=methods)
    return Mode(_with_headers(lambda request: {data: request.text()}, takes=takes_headers))


def _parameters(run: Run) -> dict[str, inspect.Parameter]:
    parameters = dict(inspect.signature(run).parameters)
    kinds = {each.kind for each in parameters.values()}
    if kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY}:
        msg = "run() cannot accept positional-only arguments, *args, or **kwargs."
        raise StartError(msg)
    return parameters


def _with_headers(read: Read, *, takes: bool) -> Read:
    if not takes:
        return read

    def read_all(request: ScoreRequest) -> dict[str, object]:
        arguments = read(request)
        arguments[HEADERS_PARAMETER] = {name.title(): value for name, value in request.headers.items()}
        return arguments

    return read_all


def _declared(parameters: Mapping[str, inspect.Parameter]) -> Read:
    """Take each of *parameters* from a JSON object, or from the query of a GET."""
    needed = [name for name, each in parameters.items() if each.default is inspect.Parameter.empty]

    def read(request: ScoreRequest) -> dict[str, object]:
        given = request.query_values() if request.method == "GET" else _json_object(request)
        for name in needed:
            if name not in given:
                msg = f"A value is not provided for the {name!r} parameter."
                raise BadInputError(msg)
        return {name: given[name] for name in parameters if name in given}

    return read


def _json_object(request: ScoreRequest) -> dict[str, Any]:
    """Give the body as a JSON object. The texts are Azure ML's."""
    if not is_json(request.headers.get("content-type", "").partition(";")[0].strip().lower()):
        raise UnsupportedMediaTypeError
    if not request.body:
        msg = "POST body is empty. Expecting a JSON dictionary."
        raise BadInputError(msg)
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        msg = f"POST body could not be decoded as JSON: {error}"
        raise BadInputError(msg) from error
    if not isinstance(document, dict):
        msg = "POST body should be a JSON dictionary."
        raise BadInputError(msg)
    return cast("dict[str, Any]", document)
