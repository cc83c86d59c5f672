"""All that an image must have installed: what its script asks for, and what the runtime needs."""

from dataclasses import replace
from typing import Final

from modelport.errors import InputError, ModelportError
from modelport.image.accelerator import accelerated
from modelport.image.lock_environments import WantedEnvironment
from modelport.image.no_code import framework_pins, runtime_extras
from modelport.image.request import ImageRequest
from modelport.image.requirement_lines import Line
from modelport.image.requirements import Requirements, checked_folder, checked_index
from modelport.image.runtime_files import runtime_requirements
from modelport.image.wanted_sources import read_sources

INTERPRETER_PATH: Final = "interpreterPath"
OWN_PYTHON: Final = "python"
"""The Python on the image's PATH: Azure ML's default."""


def wanted_requirements(request: ImageRequest) -> tuple[WantedEnvironment, list[str], list[InputError]]:
    """
    Read the requirements of *request*: the whole set, findings, and problems with camelCase paths.

    With an interpreter of the image's own, the script's packages are the image's: only the runtime's are wanted.
    """
    sources = read_sources(request)
    given, problems = _given_places(request)
    merged = _merged(*sources.sets, given)
    problems = [*sources.problems, *problems, *_own_interpreter_problems(request, merged)]
    no_code = request.models if request.entry_script is None and request.interpreter_path is None else ()
    runtime = runtime_requirements(runtime_extras(no_code))
    packages = {*merged.packages, *runtime, *framework_pins(no_code, merged.packages)}
    whole = replace(merged, packages=tuple(sorted(accelerated(packages, request.accelerator))))
    return WantedEnvironment(request.name, whole, sources.places), sources.findings, problems


def _own_interpreter_problems(request: ImageRequest, merged: Requirements) -> list[InputError]:
    path = request.interpreter_path
    if path is None:
        return []
    problems: list[InputError] = []
    if path != OWN_PYTHON and not path.startswith("/"):
        reason = f"{path!r} is no absolute path in the image: write one, or 'python' for the Python on its PATH"
        problems.append(InputError(INTERPRETER_PATH, reason))
    if merged.packages:
        reason = (
            f"{len(merged.packages)} packages are asked for beside an interpreter that keeps its own "
            f"({merged.packages[0]!r} is one): remove them, or leave the interpreter out"
        )
        problems.append(InputError(INTERPRETER_PATH, reason))
    return problems


def _given_places(request: ImageRequest) -> tuple[Requirements, list[InputError]]:
    """Check where wheels come from, as given beside the requirement file."""
    problems: list[InputError] = []
    index: str | None = None
    extra: list[str] = []
    folders: list[str] = []
    line = Line("", "", request.project_root)
    places = [("indexUrl", request.index_url), *(("extraIndexUrls", each) for each in request.extra_index_urls)]
    for path, value in [*places, ("wheelhouse", request.wheelhouse)]:
        try:
            if value is not None and path == "wheelhouse":
                folders.append(checked_folder(line, value, request.project_root))
            elif value is not None and path == "indexUrl":
                index = checked_index(line, value)
            elif value is not None:
                extra.append(checked_index(line, value))
        except ModelportError as error:
            problems.append(InputError(path, str(error)))
    return Requirements((), index, tuple(sorted(extra)), tuple(folders)), problems


def _merged(*sets: Requirements) -> Requirements:
    """Unite *sets*; an index given later takes the place of an earlier one."""
    indexes = [each.index_url for each in sets if each.index_url]
    return Requirements(
        tuple(sorted({package for each in sets for package in each.packages})),
        indexes[-1] if indexes else None,
        tuple(sorted({url for each in sets for url in each.extra_index_urls})),
        tuple(sorted({folder for each in sets for folder in each.find_links})),
    )
