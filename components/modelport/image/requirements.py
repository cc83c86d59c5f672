"""
What a script says it needs: pip requirement files and inline lists, as a set that knows no order.

Azure ML's serving packages (`azureml-defaults`, `azureml-inference-server-http`, `azureml-contrib-services`) are
dropped with a finding: the bundled runtime takes their place and offers their import names. `inference-schema` is an
ordinary package, published as a wheel for every platform: it stays, extras included, and is resolved like the rest.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from modelport.errors import ModelportError
from modelport.image.requirement_lines import Line

REPLACED: Final = frozenset({"azureml-defaults", "azureml-inference-server-http", "azureml-contrib-services"})
RETIRED: Final = frozenset({"azureml-core", "azureml-sdk", "azureml-train", "azureml-pipeline", "azureml-widgets"})

_HASH: Final = re.compile(r"\s--hash[=\s](\S+)")
_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}")
_OPTION: Final = re.compile(r"(?P<name>--[a-z-]+|-[a-zA-Z])[\s=]*(?P<value>.*)")
_LOCATION: Final = re.compile(r"[a-z+]+://|git\+|\.{0,2}/|~|[a-zA-Z]:\\")
_FILE: Final = re.compile(r"\S+\.(whl|zip|tar\.gz|tar\.bz2)")
_NO_EFFECT: Final = frozenset({"--prefer-binary", "--only-binary", "--require-hashes"})
_WHEELHOUSE: Final = "build a wheel, put it in a wheelhouse folder, and require it by name"


@dataclass(frozen=True)
class Requirements:
    """
    A set of requirements and where their wheels come from.

    The wheels themselves are named in the lock; two sets that differ in order, case or blanks only are equal.
    """

    packages: tuple[str, ...] = ()
    """Normalised, sorted; with ``--hash=sha256:...`` where the file allows certain files only."""
    index_url: str | None = None
    """The index in place of PyPI; the word ``none`` for no index at all."""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    """Folders of wheels: relative to the project where they lie in it, with slashes."""

    def lines(self) -> tuple[str, ...]:
        """Write all of it as sorted lines: what the lock compares."""
        options = [f"--extra-index-url {url}" for url in self.extra_index_urls]
        options += [f"--find-links {folder}" for folder in self.find_links]
        options += [f"--index-url {self.index_url}"] if self.index_url else []
        return tuple(sorted({*options, *self.packages}))


@dataclass
class ReadRequirements:
    """What was read, and what is wrong with it; each problem and finding is one line."""

    requirements: Requirements
    problems: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    """Where each package was first asked for, such as ``requirements.txt:3``."""


@dataclass
class _Reader:
    project_root: Path
    places: dict[str, str] = field(default_factory=dict)
    index_url: str | None = None
    extra_index_urls: set[str] = field(default_factory=set)
    find_links: set[str] = field(default_factory=set)
    findings: list[str] = field(default_factory=list)

    def take(self, line: Line) -> None:
        if line.text.startswith("-"):
            self._take_option(line)
        elif line.text:
            self._take_package(line)

    def _take_package(self, line: Line) -> None:
        text, hashes = _without_hashes(line)
        requirement = _requirement(line, text)
        name = canonicalize_name(requirement.name)
        if name in REPLACED:
            self.findings.append(f"{line.where}: {name} is left out: the bundled runtime takes its place")
            return
        if name in RETIRED:
            self.findings.append(
                f"{line.where}: {name} is Azure ML's retired SDK: a scoring script needs none of it; "
                f"the model folder is in the environment variable AZUREML_MODEL_DIR"
            )
        package = normalised(requirement) + "".join(f" --hash={each}" for each in hashes)
        self.places.setdefault(package, line.where)

    def _take_option(self, line: Line) -> None:
        match = _OPTION.fullmatch(line.text)
        name, value = (match["name"], match["value"].strip()) if match else (line.text, "")
        if name in {"-i", "--index-url"}:
            self.index_url = checked_index(line, value)
        elif name == "--extra-index-url":
            self.extra_index_urls.add(checked_index(line, value))
        elif name in {"-f", "--find-links"}:
            self.find_links.add(checked_folder(line, value, self.project_root))
        elif name == "--no-index":
            self.index_url = "none"
        elif name not in _NO_EFFECT:
            raise line.error(_refusal(name))


def read_requirements(lines: Iterable[Line], project_root: Path) -> ReadRequirements:
    """
    Read *lines*; every wrong line becomes a problem that names file and line.

    Paths below *project_root* are written relative to it, so that another clone gives the same set.
    """
    reader = _Reader(project_root)
    problems: list[str] = []
    remaining = iter(lines)
    while True:
        try:
            reader.take(next(remaining))
        except StopIteration:
            break
        except ModelportError as error:
            problems.append(str(error))
    read = Requirements(
        tuple(sorted(reader.places)),
        reader.index_url,
        tuple(sorted(reader.extra_index_urls)),
        tuple(sorted(reader.find_links)),
    )
    return ReadRequirements(read, problems, reader.findings, reader.places)


def normalised(requirement: Requirement) -> str:
    """Write *requirement* in the one way that all its spellings share: ``scikit-learn[a,b]<2,>=1; marker``."""
    extras = sorted(canonicalize_name(extra) for extra in requirement.extras)
    text = (
        canonicalize_name(requirement.name) + (f"[{','.join(extras)}]" if extras else "") + str(requirement.specifier)
    )
    return f"{text}; {requirement.marker}" if requirement.marker else text


def checked_index(line: Line, url: str) -> str:
    """Check the URL of an index. Credentials in it are refused: it is kept in the lock, which is committed."""
    if url == "none":
        return url
    parts = urlsplit(url)
    if "${" in url or parts.username is not None or parts.password is not None:
        reason = (
            f"the index URL for {parts.hostname or 'this host'} holds credentials: leave them out of the file and keep "
            f"them in ~/.netrc, a keyring, or the environment variable UV_INDEX_URL"
        )
        raise line.error(reason)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        reason = f"{url!r} is no index URL: write https://host/simple, or --find-links for a folder of wheels"
        raise line.error(reason)
    return url.rstrip("/")


def checked_folder(line: Line, folder: str, project_root: Path) -> str:
    """Check a folder of wheels and write it relative to *project_root* where it lies there."""
    if "://" in folder:
        reason = "--find-links takes a folder, not a URL: use --extra-index-url, or download the wheels into a folder"
        raise line.error(reason)
    path = (line.folder / folder).resolve()
    if not path.is_dir():
        reason = f"wheelhouse {folder!r} is no folder; make it with `pip wheel --wheel-dir {folder} NAME`"
        raise line.error(reason)
    root = project_root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _without_hashes(line: Line) -> tuple[str, list[str]]:
    hashes = sorted(set(_HASH.findall(line.text)))
    wrong = [each for each in hashes if not _SHA256.fullmatch(each)]
    if wrong:
        reason = f"--hash={wrong[0]} is not allowed: write sha256: and 64 hexadecimal digits"
        raise line.error(reason)
    return _HASH.sub("", line.text).strip(), hashes


def _requirement(line: Line, text: str) -> Requirement:
    if _LOCATION.match(text) or _FILE.fullmatch(text):
        reason = f"a path or URL cannot be locked for every machine: {_WHEELHOUSE}"
        raise line.error(reason)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = f"{text!r} is no requirement ({str(error).splitlines()[0]}); write it like 'scikit-learn>=1.6,<2'"
        raise line.error(reason) from None
    if requirement.url is not None:
        reason = f"{requirement.name} is required from a URL, which cannot be locked for every machine: {_WHEELHOUSE}"
        raise line.error(reason)
    return requirement


def _refusal(name: str) -> str:
    ways = {
        "-e": f"an editable package cannot be put into an image: {_WHEELHOUSE}",
        "--editable": f"an editable package cannot be put into an image: {_WHEELHOUSE}",
        "-c": "constraint files are not read: write the bound on the requirement itself",
        "--constraint": "constraint files are not read: write the bound on the requirement itself",
        "--no-binary": f"only wheels are installed, so that each machine gets the same bytes: {_WHEELHOUSE}",
        "--pre": "pre-releases are not taken unasked: name one, as in 'package>=2.0rc1'",
        "-r": "a list cannot include a file: give the file as requirements",
        "--requirement": "a list cannot include a file: give the file as requirements",
        "--trusted-host": "set the environment variable UV_INSECURE_HOST instead: trust belongs to a machine",
    }
    return ways.get(name, f"option {name} is not known; allowed: --index-url, --extra-index-url, --find-links, -r")
