"""All that an image must have installed: what its script asks for, and what the runtime needs."""

from dataclasses import replace

from modelport.errors import InputError, ModelportError
from modelport.image.lock_environments import WantedEnvironment
from modelport.image.no_code import framework_pins, runtime_extras
from modelport.image.request import ImageRequest
from modelport.image.requirement_lines import Line, file_lines, listed_lines
from modelport.image.requirements import Requirements, checked_folder, checked_index, read_requirements
from modelport.image.runtime_files import runtime_requirements


def wanted_requirements(request: ImageRequest) -> tuple[WantedEnvironment, list[str], list[InputError]]:
    """Read the requirements of *request*: the whole set, findings, and problems with camelCase paths."""
    from_file, findings, problems = _from_file(request)
    listed = read_requirements(listed_lines(request.dependencies, request.project_root), request.project_root)
    problems += [InputError("dependencies", each) for each in listed.problems]
    given, more = _given_places(request)
    problems += more
    merged = _merged(from_file, listed.requirements, given)
    no_code = request.models if request.entry_script is None else ()
    runtime = runtime_requirements(runtime_extras(no_code))
    packages = {*merged.packages, *runtime, *framework_pins(no_code, merged.packages)}
    whole = replace(merged, packages=tuple(sorted(packages)))
    return WantedEnvironment(request.name, whole), [*findings, *listed.findings], problems


def _from_file(request: ImageRequest) -> tuple[Requirements, list[str], list[InputError]]:
    if request.requirements is None:
        return Requirements(), [], []
    lines = file_lines(request.project_root / request.requirements, request.requirements)
    read = read_requirements(lines, request.project_root)
    return read.requirements, read.findings, [InputError("requirements", each) for each in read.problems]


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
