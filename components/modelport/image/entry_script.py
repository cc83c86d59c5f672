"""The entry script of a request: where it is, what else belongs to it, and whether it can be served."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from modelport.errors import InputError
from modelport.image.ignored import is_always_ignored
from modelport.image.request import ImageRequest
from modelport.image.script_files import ScriptTree, script_files

ENTRY_SCRIPT = "entryScript"
SOURCE_DIRECTORY = "sourceDirectory"


@dataclass(frozen=True)
class Script:
    """A script that can be served; *entry* is relative to the tree's root, with slashes."""

    tree: ScriptTree
    entry: str
    findings: tuple[str, ...] = ()


def read_script(request: ImageRequest) -> tuple[Script | None, list[InputError]]:
    """Find, list and check the script that *request* names; every problem is found in one go."""
    if request.entry_script is None:
        return None, _without_script(request)
    path, problem = _entry_path(request, request.entry_script)
    if path is None:
        return None, [problem] if problem else []
    root = _source_directory(request, path)
    excluded = [request.project_root / each for each in request.model_paths]
    tree = script_files(root, request.project_root, excluded)
    problems = [InputError(SOURCE_DIRECTORY, each) for each in tree.problems]
    entry = path.relative_to(tree.root).as_posix()
    if tree.file(entry) is None and not problems:
        problems.append(InputError(ENTRY_SCRIPT, _left_out(request.entry_script, path)))
    findings = _check(path, entry) if tree.file(entry) else []  # what cannot be read is named already
    problems += [InputError(ENTRY_SCRIPT, text) for severity, text in findings if severity == "error"]
    warnings = [text for severity, text in findings if severity != "error"]
    return Script(tree, entry, (*tree.warnings, *warnings)), problems


def _without_script(request: ImageRequest) -> list[InputError]:
    if request.source_directory is None:
        return []
    reason = f"{request.source_directory!r} is given without an entry script: name the script in it that is run"
    return [InputError(SOURCE_DIRECTORY, reason)]


def _entry_path(request: ImageRequest, entry: str) -> tuple[Path | None, InputError | None]:
    """Find the script; with a source directory its path counts from there, as Azure ML's does, or from the project."""
    if request.source_directory is None:
        places = [request.project_root / entry]
    else:
        folder = request.project_root / request.source_directory
        if not folder.is_dir():
            reason = f"{request.source_directory!r} is no folder; {_near(folder)}"
            return None, InputError(SOURCE_DIRECTORY, reason)
        places = [folder / entry, request.project_root / entry]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        what = "is a folder, not a file" if places[0].is_dir() else "is not there"
        return None, InputError(ENTRY_SCRIPT, f"{entry!r} {what}; {_near(places[0])}")
    path = found.parent.resolve() / found.name
    if not path.is_relative_to(_source_directory(request, path)):
        reason = f"{entry!r} is not in the source directory {request.source_directory!r}: move it there"
        return None, InputError(ENTRY_SCRIPT, reason)
    return path, None


def _source_directory(request: ImageRequest, path: Path) -> Path:
    if request.source_directory is None:
        return path.parent
    return (request.project_root / request.source_directory).resolve()


def _near(missing: Path) -> str:
    if not missing.parent.is_dir():
        return f"there is no folder {missing.parent.name!r} either"
    names = [each.name for each in missing.parent.iterdir() if not is_always_ignored(each)]
    near = get_close_matches(missing.name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else "give its path relative to the project's folder"


def _left_out(entry: str, path: Path) -> str:
    return (
        f"{entry!r} is left out of the image: an ignore file (.amlignore, .gitignore, .dockerignore) or a model path "
        f"covers {path.name!r}; make an exception there with '!{path.name}'"
    )


def _check(path: Path, entry: str) -> list[tuple[str, str]]:
    """Ask the runtime's checks; each finding as severity and a line, which says where in *entry*."""
    from modelport_scoring.check.script import (  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - only scripts need it
        check_entry_name,
        check_script,
    )

    findings = [*check_entry_name(entry), *check_script(path.read_bytes(), entry)]
    return [(each.severity, each.message) for each in findings]
