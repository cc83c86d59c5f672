"""Read Azure ML's `inferenceconfig.json`: the block `inference` in camelCase, strictly."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

from modelport.errors import ModelportError
from modelport.image.requirement_lines import read_text
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from stack.azure import AzureInference
from stack.errors import SERVICES, Place, Problem
from stack.problems import problems_of
from stack.raw import RawService, mapping, services

_IN_SOURCE_DIRECTORY = ("entry_script", "conda_file")
FILE = "file"
SCHEMA_KEY = "$schema"
"""Tells an editor where the schema is."""


@dataclass(frozen=True)
class InferenceFiles:
    """The stack's values with each file written out in its place, and what is wrong with the files."""

    values: Mapping[str, object]
    problems: tuple[Problem, ...] = ()
    written_out: Mapping[Place, tuple[str, frozenset[str]]] = field(default_factory=dict)
    """By place of `inference`: the file as the user names it, and the keys that it says."""

    def moved(self, problem: Problem) -> Problem:
        """Put a *problem* with what a file says at that file."""
        for place, (shown, keys) in self.written_out.items():
            rest = problem.place[len(place) :]
            if problem.place[: len(place)] == place and rest and rest[0] in keys:
                return Problem((*place, FILE), f"{shown}: {_camel_path(rest)}: {problem.text}")
        return problem


def with_inference_files(values: Mapping[str, object], root: Path) -> InferenceFiles:
    """
    Write out the file of every service that names one; *values* by whole key, paths from *root*.

    A key that stands in the file and beside it is a problem. A file that is wrong leaves its service without it.
    """
    problems: list[Problem] = []
    written_out: dict[Place, tuple[str, frozenset[str]]] = {}
    expanded: dict[str, RawService] = {}
    for place, service in services(values):
        inference = mapping(service.get("inference"))
        shown = inference.get(FILE)
        if not isinstance(shown, str) or not shown.strip():
            continue
        whole = (*place, "inference")
        said, found = read_inference_file(root / shown, shown)
        problems += [Problem((*whole, FILE), text) for text in found]
        problems += [Problem((*whole, key), f"stands in {shown} as well; keep one") for key in said.keys() & inference]
        written_out[whole] = shown, frozenset(said.keys() - inference.keys())
        expanded[str(place[1])] = {**service, "inference": {**said, **inference}}
    if not expanded:
        return InferenceFiles(values)
    whole_services = {**mapping(values.get(SERVICES)), **expanded}
    return InferenceFiles({**values, SERVICES: whole_services}, tuple(problems), written_out)


def read_inference_file(path: Path, shown: str) -> tuple[dict[str, Any], list[str]]:
    """
    Read the file at *path*, shown to the user as *shown*: the block `inference` as a stack file has it, and problems.

    Paths in it count from its source directory, else from the file's folder; they are returned from the project.
    """
    try:
        said = AzureInference.model_validate(_document(path, shown), by_alias=True, by_name=False)
    except ModelportError as error:
        return {}, [str(error)]
    except ValidationError as error:
        found = problems_of(error, AzureInference, _hides, by_alias=True)
        return {}, [f"{shown}: {'.'.join(map(str, each.place))}: {each.text}" for each in found]
    plain: dict[str, Any] = said.model_dump(mode="python", exclude_unset=True, by_alias=False)
    return _from_project(plain, PurePosixPath(shown).parent), []


def _document(path: Path, shown: str) -> dict[str, object]:
    try:
        document = json.loads(read_text(path, shown), object_pairs_hook=_without_nulls)
    except json.JSONDecodeError as error:
        msg = f"{shown}:{error.lineno}: is not JSON; correct the line or one just above it"
    except RecursionError:
        msg = f"{shown}: is nested too deeply"
    except _TwiceError as error:
        msg = f"{shown}: {error} is given twice; keep one"
    else:
        if isinstance(document, dict):
            return document
        msg = f"{shown}: must be a mapping"
    raise ModelportError(msg)


class _TwiceError(Exception):
    """A key that one object has twice."""


def _without_nulls(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Take one object of the file; ``null`` says "left out", as Azure ML writes it."""
    keys = [key for key, _ in pairs]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise _TwiceError(repr(twice))
    return {key: value for key, value in pairs if value is not None and key != SCHEMA_KEY}


def _from_project(said: dict[str, Any], folder: PurePosixPath) -> dict[str, Any]:
    """Count the paths in *said* from the project; with a source directory, the others count from that."""
    if "source_directory" in said:
        return {**said, "source_directory": normpath(folder / said["source_directory"])}
    placed = {key: normpath(folder / said[key]) for key in _IN_SOURCE_DIRECTORY if key in said}
    environment = dict(said.get("environment", {}))
    for block, key in (("python", "conda_dependencies_file"), ("docker", "base_dockerfile")):
        if key in environment.get(block, {}):
            environment[block] = {**environment[block], key: normpath(folder / environment[block][key])}
    return {**said, **placed, **({"environment": environment} if "environment" in said else {})}


def _hides(place: Place) -> bool:
    """Tell whether a value may be a secret: what the fields themselves do not hide."""
    return bool({"username", "password", "environmentVariables", "baseImageRegistry"} & set(place))


def _camel_path(place: Place) -> str:
    """Write *place* as the file has it; names of variables are the user's own."""
    return ".".join(_camel_parts(place))


def _camel_parts(place: Place) -> Iterator[str]:
    is_ours = True
    for part in place:
        yield to_camel(part) if is_ours and isinstance(part, str) else str(part)
        is_ours = is_ours and part != "environment_variables"
