"""
One package as conda writes it, in pip's words.

Source: conda's package match specification,
https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html#package-match-specifications.
"""

import re
from dataclasses import dataclass
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from modelport.errors import ModelportError

_SPEC: Final = re.compile(r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(?P<rest>[^\[\]]*)(?:\[(?P<keys>.*)\])?")
_KEY: Final = re.compile(r"\s*(?P<key>[a-z_]+)\s*=\s*(?P<quote>['\"]?)(?P<value>.*?)(?P=quote)\s*(?:,|$)")
_CLAUSE: Final = re.compile(r"(?P<operator>==|>=|<=|!=|~=|>|<|=)?(?P<version>[^<>=!~]+)")
_EXACT_BUILD: Final = re.compile(r"={0,2}(?P<version>[^<>=!~,|]+)=(?P<build>[^<>=!~,|]+)")


@dataclass(frozen=True)
class CondaSpec:
    """A package that conda's *text* asks for."""

    text: str
    name: str
    """Normalised as a package index does; a leading ``_`` becomes ``-``."""
    specifier: SpecifierSet
    build: str | None = None
    """The build string that was asked for; no package index has such a thing."""


def without_channel(text: str) -> str:
    """Take the channel off ``conda-forge::numpy=1.26``: it may be a URL that holds a token, and names no wheel."""
    return text.rpartition("::")[2].strip()


def spec_name(text: str) -> str:
    """Read the name in *text*, normalised; raises `ModelportError` when *text* is no specification."""
    return canonicalize_name(_match(without_channel(text))["name"])


def parse_spec(text: str) -> CondaSpec:
    """Read *text* such as ``conda-forge::numpy=1.26``; raises `ModelportError` when it is no specification."""
    shown = without_channel(text)
    match = _match(shown)
    version, build = _version_and_build(match["rest"].strip())
    for key, _, value in _KEY.findall(match["keys"] or ""):
        version = value if key == "version" else version
        build = value if key == "build" else build
    return CondaSpec(shown, canonicalize_name(match["name"]), _specifier(shown, version), build)


def _match(text: str) -> re.Match[str]:
    match = _SPEC.fullmatch(text)
    if match is None:
        msg = f"{text!r} is no conda package; write it like 'scikit-learn=1.6'"
        raise ModelportError(msg)
    return match


def _version_and_build(rest: str) -> tuple[str, str | None]:
    """Take ``=1.2=py_0``, ``1.2 py_0`` or ``>=1.2, <2`` apart."""
    joined = re.sub(r"([<>=!~,|])\s+", r"\1", re.sub(r"\s+([,|])", r"\1", rest))
    version, _, build = joined.partition(" ")
    exact = _EXACT_BUILD.fullmatch(version)
    if exact:
        return ("" if exact["version"] == "*" else f"=={exact['version']}"), exact["build"]
    return version, build.strip() or None


def _specifier(text: str, version: str) -> SpecifierSet:
    if "|" in version:
        msg = f"{text!r} leaves a choice between versions, which a package index cannot: write one, or a range"
        raise ModelportError(msg)
    try:
        return SpecifierSet(",".join(filter(None, map(_clause, version.split(",")))))
    except (InvalidSpecifier, ValueError):
        msg = f"{text!r} has no version that a package index knows; write it like 'scikit-learn=1.6'"
        raise ModelportError(msg) from None


def _clause(text: str) -> str:
    """Turn one bound into pip's: ``=1.2`` is any 1.2 to conda."""
    match = _CLAUSE.fullmatch(text.strip())
    if match is None:
        if not text.strip():
            return ""
        raise ValueError(text)
    operator, version = match["operator"], match["version"].strip()
    stem = version.rstrip("*").rstrip(".")
    if not stem:
        return ""
    if operator == "=" or (version.endswith("*") and operator in {None, "=="}):
        return f"=={stem}.*"
    return f"{operator or '=='}{version if operator == '!=' else stem}"
