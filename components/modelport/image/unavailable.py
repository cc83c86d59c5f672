"""Which of an environment's packages cannot be had: each by itself, so that all of them are told at once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from modelport.errors import CancelledError, InputError, ModelportError
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.image.resolve import resolve
from modelport.progress import Progress, silent

_AT_ONCE: Final = 4

Places = Mapping[str, tuple[str, str]]
"""Who asks for a package: the path of the input, and where in its file (``requirements.txt:3``, or empty)."""


class UnavailableError(InputError):
    """Something cannot be had; what is asked for besides was read, and is looked for all the same."""


def unavailable(
    requirements: Requirements, places: Places, platform: Platform, project_root: Path, progress: Progress = silent
) -> list[InputError]:
    """Ask for each of *requirements* by itself, with what it needs; list those that cannot be had."""
    reason = partial(_reason, requirements, platform, project_root, progress)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reasons = list(pool.map(reason, requirements.packages))
    return [
        _problem(places.get(package, ("requirements", "")), text)
        for package, text in zip(requirements.packages, reasons, strict=True)
        if text is not None
    ]


def _problem(place: tuple[str, str], text: str) -> InputError:
    property_path, where = place
    return InputError(property_path, f"{where}: {text}" if where else text)


def _reason(
    requirements: Requirements, platform: Platform, project_root: Path, progress: Progress, package: str
) -> str | None:
    try:
        resolve(replace(requirements, packages=(package,)), platform, project_root, progress=progress)
    except CancelledError:
        raise
    except ModelportError as error:
        return str(error)
    return None
