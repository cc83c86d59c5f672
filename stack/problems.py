"""Turn pydantic's findings into ours: path, value found, rule, and the key or word that was probably meant."""

import difflib
import re
from collections.abc import Callable, Iterable
from types import UnionType
from typing import Any, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from stack.errors import NAMESPACE, Place, Problem
from stack.fields import BROKEN_RULE

LONGEST_VALUE_SHOWN = 60

_RULES = {
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "tuple_type": "must be a list",
    "literal_error": "must be {expected}",
}


def problems_of(
    error: ValidationError, root: type[BaseModel], hides: Callable[[Place], bool], *, by_alias: bool = False
) -> list[Problem]:
    """
    Translate *error* of *root*; values at places that *hides* are not shown.

    Its fields are configuration keys; or, *by_alias*, keys of a file in camelCase.
    """
    findings = error.errors(include_url=False)
    other_kinds = {finding["loc"][:-1] for finding in findings if finding["loc"][-1] == "kind"}
    return [
        _problem(finding, root, hides, by_alias=by_alias)
        for finding in findings
        # What a block of an unknown kind holds cannot be judged.
        if finding["loc"][-1] == "kind" or not any(finding["loc"][: len(kind)] == kind for kind in other_kinds)
    ]


def without_echoes(problems: Iterable[Problem]) -> list[Problem]:
    """Drop each missing key whose misspelt form is reported already."""
    listed = list(problems)
    meant = {(*found.place[:-1], found.suggests) for found in listed if found.suggests}
    return [found for found in listed if not (found.is_missing and found.place in meant)]


def shown(value: object) -> str:
    """Write *value* as it stands in YAML, cut short; blocks are only named."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_VALUE_SHOWN else f"{text[:LONGEST_VALUE_SHOWN]}..."


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that *word* was probably meant to be; `readyTimeoutS` finds `ready_timeout_s`."""
    snake_case = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).replace("-", "_").lower()
    by_form = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(snake_case, by_form, n=1)
    return by_form[matches[0]] if matches else None


def _problem(
    finding: ErrorDetails, root: type[BaseModel], hides: Callable[[Place], bool], *, by_alias: bool
) -> Problem:
    place = finding["loc"] if by_alias else (f"{NAMESPACE}:{finding['loc'][0]}", *finding["loc"][1:])
    if finding["type"] == "extra_forbidden":
        return _unknown_key(place, list(_fields(_block_at(root, finding["loc"][:-1]), by_alias=by_alias)))
    if finding["type"] == "missing":
        return _missing_key(place, _block_at(root, finding["loc"][:-1]))
    context = finding.get("ctx", {})
    rule = _rule(finding, context)
    value = finding["input"]
    if context.get("hidden") or hides(place):
        return Problem(place, f"{rule} (the value is not shown)")
    hint = _word_hint(value, context) if finding["type"] == "literal_error" else ""
    return Problem(place, f"found {shown(value)}; {rule}{hint}")


def _rule(finding: ErrorDetails, context: dict[str, Any]) -> str:
    if finding["type"] == BROKEN_RULE:
        return str(context["rule"])
    return _RULES[finding["type"]].format(**context)


def _unknown_key(place: Place, known: list[str]) -> Problem:
    meant = closest(str(place[-1]).removeprefix(f"{NAMESPACE}:"), known)
    if meant is None:
        return Problem(place, f"unknown key; known here: {', '.join(sorted(known))}")
    whole = f"{NAMESPACE}:{meant}" if str(place[-1]).startswith(f"{NAMESPACE}:") else meant
    return Problem(place, f"unknown key; did you mean {whole!r}?", suggests=whole)


def _missing_key(place: Place, block: type[BaseModel]) -> Problem:
    meaning = block.model_fields[str(place[-1])].description or ""
    return Problem(place, f"missing ({meaning[:1].lower()}{meaning[1:].rstrip('.')})", is_missing=True)


def _word_hint(value: object, context: dict[str, Any]) -> str:
    words = re.findall(r"'([^']+)'", context["expected"])
    meant = closest(value, words) if isinstance(value, str) and len(words) > 1 else None
    return f"; did you mean {meant!r}?" if meant else ""


def _block_at(root: type[BaseModel], place: Place) -> type[BaseModel]:
    """Return the type of the block at *place*."""
    kind: object = root
    for part in place:
        kind = _given(_field(kind, str(part)).annotation if _is_block(kind) else _element(kind))
    if not _is_block(kind):
        msg = f"{place}: no block"
        raise TypeError(msg)
    return kind


def _fields(block: type[BaseModel], *, by_alias: bool) -> dict[str, FieldInfo]:
    """Return the fields of *block* by the names that a user writes."""
    return {(field.alias if by_alias else None) or name: field for name, field in block.model_fields.items()}


def _field(block: type[BaseModel], name: str) -> FieldInfo:
    return {**_fields(block, by_alias=True), **block.model_fields}[name]


def _is_block(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _element(kind: object) -> object:
    """Return the type of a list's entries or a mapping's values."""
    arguments = get_args(kind)
    return arguments[1] if get_origin(kind) is dict else arguments[0]


def _given(kind: object) -> object:
    """Take ``None`` away from an optional type."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind
    return next(choice for choice in get_args(kind) if choice is not type(None))
