"""Conda environments in terms of a package index: requirement lines, a Python, variables; no conda is needed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from modelport.errors import ModelportError
from modelport.image.conda_names import BROUGHT_ALONG, OF_THE_INSTALLER, SAME_ELSEWHERE, cannot_be_had
from modelport.image.conda_spec import CondaSpec, parse_spec, spec_name, without_channel
from modelport.image.located import Located, parse_located
from modelport.image.python_version import PythonWish, conda_wish
from modelport.image.requirement_lines import Line, included_lines, read_text

CONDA_FILE: Final = "condaFile"
CONDA_DEPENDENCIES: Final = "condaDependencies"

_KEYS: Final = ("name", "channels", "dependencies", "variables", "prefix")
_USUAL_CHANNELS: Final = frozenset({"anaconda", "conda-forge", "defaults", "main", "nodefaults"})
_ITEM: Final = "must be a package such as 'numpy=1.26', or {pip: [...]}"
_PIP: Final = "must be a list of what pip installs"


@dataclass
class CondaEnvironment:
    """What was read; *lines* are in pip's words. Each problem and finding is one line."""

    property_path: str
    """The input that was read, for errors."""
    lines: list[Line] = field(default_factory=list)
    pythons: list[PythonWish] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unavailable: list[str] = field(default_factory=list)
    """Problems of another kind: what no wheel gives."""
    findings: list[str] = field(default_factory=list)


def read_conda_file(path: Path, shown: str) -> CondaEnvironment:
    """Read the conda file at *path*, shown to the user as *shown*; every wrong line becomes a problem."""
    read = CondaEnvironment(CONDA_FILE)
    try:
        keys = parse_located(read_text(path, shown), shown).mapping("must be a mapping with the key 'dependencies'")
        read.problems += _unknown_keys(keys, shown)
        _take_channels(read, keys.get("channels"))
        _take_variables(read, keys.get("variables"))
        listed = keys["dependencies"].items("must be a list of packages") if "dependencies" in keys else []
    except ModelportError as error:
        read.problems.append(str(error))
        return read
    _take_all(read, listed, path.parent)
    return read


def read_conda_list(dependencies: Sequence[str], folder: Path) -> CondaEnvironment:
    """Read packages as conda writes them, from an input."""
    read = CondaEnvironment(CONDA_DEPENDENCIES)
    _take_all(read, [Located(f"{CONDA_DEPENDENCIES}[{n}]", text) for n, text in enumerate(dependencies)], folder)
    return read


def _take_all(read: CondaEnvironment, listed: Sequence[Located], folder: Path) -> None:
    for item in listed:
        with _collecting(read.problems):
            if isinstance(item.value, dict):
                _take_pip(read, item, item.value, folder)
            else:
                _take(read, item, item.text(_ITEM), folder)


@contextmanager
def _collecting(problems: list[str]) -> Iterator[None]:
    """Turn an error into one of *problems*, so that what follows is read as well."""
    try:
        yield
    except ModelportError as error:
        problems.append(str(error))


def _take(read: CondaEnvironment, item: Located, text: str, folder: Path) -> None:
    """Take one package over, or say why not."""
    try:
        name = spec_name(text)
        refusal = cannot_be_had(name)
        if name in OF_THE_INSTALLER:
            return
        if name in BROUGHT_ALONG:
            read.findings.append(f"{item.where}: {name} is left out: wheels and the base image bring their own")
        elif refusal is not None:
            read.unavailable.append(f"{item.where}: {without_channel(text)!r} cannot be had: {refusal}")
        elif name == "python":
            read.pythons.append(conda_wish(text, read.property_path, item.where))
        else:
            _take_package(read, item, parse_spec(text), folder)
    except ModelportError as error:
        raise item.error(str(error)) from None


def _take_package(read: CondaEnvironment, item: Located, spec: CondaSpec, folder: Path) -> None:
    if spec.build is not None:
        read.findings.append(f"{item.where}: build {spec.build!r} of {spec.name} is left out: wheels have none")
    read.lines.append(Line(f"{SAME_ELSEWHERE.get(spec.name, spec.name)}{spec.specifier}", item.where, folder))


def _take_pip(read: CondaEnvironment, item: Located, keys: dict[str, Located], folder: Path) -> None:
    if set(keys) != {"pip"}:
        raise item.error(_ITEM)
    for each in keys["pip"].items(_PIP):
        with _collecting(read.problems):
            read.lines += included_lines(Line(each.text(_PIP), each.where, folder))


def _unknown_keys(keys: dict[str, Located], shown: str) -> Iterator[str]:
    for key in (each for each in keys if each not in _KEYS):
        near = get_close_matches(key, _KEYS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(_KEYS)}"
        yield f"{keys[key].where}: unknown key {key!r}; {hint}"
    if "dependencies" not in keys:
        yield f"{shown}: 'dependencies' is missing: list the packages under it"


def _take_channels(read: CondaEnvironment, channels: Located | None) -> None:
    """Tell that no channel is asked; a channel's URL may hold a token, so it is not shown."""
    if channels is None or channels.value == "":
        return
    named = [each.text("must be a channel") for each in channels.items("must be a list of channels")]
    others = [each for each in named if each not in _USUAL_CHANNELS]
    if others:
        shown = ", ".join("a URL" if "/" in each else each for each in others)
        reason = "packages come from the package index: for others add index_url or a wheelhouse"
        read.findings.append(f"{channels.where}: channels are not asked ({shown}): {reason}")


def _take_variables(read: CondaEnvironment, variables: Located | None) -> None:
    if variables is None or variables.value == "":
        return
    for name, value in variables.mapping("must be a mapping of names to texts").items():
        if not isinstance(value.value, str):
            reason = "must be text"
            raise value.error(reason)
        read.variables[name] = value.value
