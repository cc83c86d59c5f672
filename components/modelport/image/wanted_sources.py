"""Where a request says what it needs: files, lists, conda, a curated environment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from modelport.errors import InputError, ModelportError
from modelport.image.conda import CondaEnvironment, read_conda_file, read_conda_list
from modelport.image.curated import CURATED, OTHER_NAMES, WITHOUT_AN_INDEX, curated_name
from modelport.image.python_version import PythonWish, choose_python, version_wish
from modelport.image.request import ImageRequest
from modelport.image.requirement_lines import Line, file_lines, listed_lines
from modelport.image.requirements import Requirements, read_requirements
from modelport.image.unavailable import UnavailableError


@dataclass
class Sources:
    """What all sources of a request say together."""

    sets: list[Requirements] = field(default_factory=list)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The input and the line that first asks for each package."""
    findings: list[str] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)


def read_sources(request: ImageRequest) -> Sources:
    """Read all that *request* names; every wrong line becomes a problem with the path of its input."""
    found = Sources()
    for conda in _condas(request):
        found.findings += conda.findings
        found.problems += [InputError(conda.property_path, each) for each in conda.problems]
        found.problems += [UnavailableError(conda.property_path, each) for each in conda.unavailable]
        _take(found, conda.property_path, conda.lines, request.project_root)
    if request.requirements is not None:
        lines = file_lines(request.project_root / request.requirements, request.requirements)
        _take(found, "requirements", lines, request.project_root)
    _take(found, "dependencies", listed_lines(request.dependencies, request.project_root), request.project_root)
    if request.environment is not None:
        _take(found, "environment", _curated_lines(request.environment, request.project_root), request.project_root)
        found.findings += _curated_notes(request, request.environment)
    found.problems += _python(request)[1]
    return found


def settled(request: ImageRequest) -> ImageRequest:
    """
    Complete *request* with what its conda file says besides packages: the version of Python, and variables.

    What is given beside the file goes before it. What is wrong there is told by `read_sources`.
    """
    python, _ = _python(request)
    variables: Mapping[str, str] = {}
    for conda in _condas(request):
        variables = {**variables, **conda.variables}
    return replace(
        request,
        platform=replace(request.platform, python=python),
        environment_variables={**variables, **request.environment_variables},
    )


def python_wishes(request: ImageRequest) -> Iterator[PythonWish]:
    """Yield who asks for which Python; raises `ModelportError` when the input is no version."""
    for conda in _condas(request):
        yield from conda.pythons
    if request.python_version is not None:
        yield version_wish(request.python_version)


def _python(request: ImageRequest) -> tuple[str, list[InputError]]:
    try:
        python, problems = choose_python(python_wishes(request), request.platform.python)
    except ModelportError as error:
        return request.platform.python, [InputError("pythonVersion", str(error))]
    return python, list(problems)


def _condas(request: ImageRequest) -> Iterator[CondaEnvironment]:
    if request.conda_file is not None:
        yield read_conda_file(_conda_path(request, request.conda_file), request.conda_file)
    if request.conda_dependencies:
        yield read_conda_list(request.conda_dependencies, request.project_root)


def _conda_path(request: ImageRequest, file: str) -> Path:
    """Find the file: in the source directory, as Azure ML does, or from the project."""
    places = [request.project_root / file]
    if request.source_directory is not None:
        places.insert(0, request.project_root / request.source_directory / file)
    return next((place for place in places if place.is_file()), places[0])


def _curated_lines(name: str, folder: Path) -> Iterator[Line]:
    known = curated_name(name)
    for text in CURATED[known]:
        yield Line(text, f"environment {known}", folder)


def _curated_notes(request: ImageRequest, name: str) -> list[str]:
    note = WITHOUT_AN_INDEX.get(OTHER_NAMES.get(name, name))
    has_index = request.index_url or request.extra_index_urls or request.wheelhouse
    return [f"environment {name}: {note}"] if note and not has_index else []


def _take(found: Sources, property_path: str, lines: Iterable[Line], project_root: Path) -> None:
    read = read_requirements(lines, project_root)
    found.sets.append(read.requirements)
    found.findings += read.findings
    found.problems += [InputError(property_path, each) for each in read.problems]
    for package, where in read.places.items():
        found.places.setdefault(package, (property_path, where))
