"""Base images by name: those that can be named with certainty, and Azure ML's old ones that are gone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from modelport.image.image_error import ImageError

DEFAULT: Final = "python-slim"
DEFAULT_PYTHON: Final = "3.11"
"""The oldest that the runtime runs on; not this machine's, so that every machine makes the same image."""


@dataclass(frozen=True)
class CuratedBase:
    """A public image; ``{python}`` in its reference stands for the minor version."""

    reference: str
    about: str
    only_python: str | None = None
    """The one minor version that it comes with."""


CATALOG: Final[Mapping[str, CuratedBase]] = {
    "python-slim": CuratedBase("docker.io/library/python:{python}-slim", "Debian with Python and little else"),
    "python": CuratedBase("docker.io/library/python:{python}", "Debian with Python, compilers and libraries"),
    "distroless-python": CuratedBase(
        "gcr.io/distroless/python3-debian12:latest", "Debian's Python, no shell and no package manager", "3.11"
    ),
    "azurelinux-python": CuratedBase(
        "mcr.microsoft.com/azurelinux/base/python:3.12", "Azure Linux with Python", only_python="3.12"
    ),
}

_CUDA: Final = "base: python-slim with image.accelerator: cuda12"
_GONE: Final = (
    (re.compile(r".*\bo16n-sample-user-base/ubuntu-miniconda\b.*"), "base: python-slim"),
    (re.compile(r".*\bazureml/onnxruntime\b.*(cuda|tensorrt).*"), _CUDA),
    (re.compile(r".*\bazureml/onnxruntime\b.*"), "base: python-slim, and no script for an ONNX model"),
    (re.compile(r".*\bazureml/base-gpu\b.*"), _CUDA),
    (re.compile(r".*\bazureml/base:.*"), "base: python-slim"),
)
"""Azure ML's images of 2018 to 2020, with what comes nearest: their Pythons (3.5 to 3.7) run no package of today."""

_DERIVED: Final = "AzureML.DerivedImageName"


def curated(name: str, python: str | None) -> str:
    """Write out the reference of the curated base *name*; raises `ImageError` when there is none such."""
    found = CATALOG.get(name)
    if found is None:
        close = get_close_matches(name, CATALOG, n=1)
        meant = f"did you mean {close[0]!r}? It" if close else "it"
        msg = f"base {name!r} is not known: {meant} is one of {', '.join(CATALOG)}, or a reference with a tag"
        raise ImageError(msg)
    if found.only_python and python not in {None, found.only_python}:
        msg = f"base {name!r} has Python {found.only_python} only, {python} is wanted; use {DEFAULT!r}"
        raise ImageError(msg)
    return found.reference.format(python=python or DEFAULT_PYTHON)


def refuse_gone(reference: str) -> None:
    """Raise `ImageError` when *reference* names an image of Azure ML that can no longer be used."""
    if reference == _DERIVED:
        msg = (
            f"base {reference!r} is the name of a run's property: give its value, "
            "such as 'example.azurecr.io/azureml/azureml_0f3a@sha256:...'"
        )
        raise ImageError(msg)
    for pattern, nearest in _GONE:
        if pattern.fullmatch(reference):
            msg = f"base {reference!r} is of an Azure ML whose Python runs no package of today; nearest: {nearest}"
            raise ImageError(msg)
