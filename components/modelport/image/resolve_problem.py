"""What went wrong in a resolution, in one line: the package, what was asked, what is possible."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements

Newest = Callable[[str], str | None]
"""Say which version of a package could be had, ``None`` when none."""

COMMON: Final = (
    *("azure-identity", "azure-storage-blob", "catboost", "fastapi", "joblib", "keras", "lightgbm", "matplotlib"),
    *("mlflow", "numpy", "nltk", "onnx", "onnxruntime", "opencv-python", "opencv-python-headless", "pandas"),
    *("pillow", "polars", "pyarrow", "pydantic", "python-dateutil", "pyyaml", "requests", "scikit-image"),
    *("scikit-learn", "scipy", "sentence-transformers", "skl2onnx", "spacy", "statsmodels", "tensorflow"),
    *("tokenizers", "torch", "torchvision", "transformers", "xgboost", "inference-schema"),
)
"""What scripts mostly need: near names are looked for here, since an index is not asked for all of its names."""

OTHER_NAMES: Final = {
    "cv2": "opencv-python-headless",
    "pil": "pillow",
    "pytorch": "torch",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
    "dateutil": "python-dateutil",
}
"""Import names that people take for package names."""

_UNKNOWN: Final = re.compile(r"(?P<name>[\w.-]+?)(?:[<>=!~]\S*)? was not found in the (?:package registry|provided)")
_NO_VERSION: Final = re.compile(r"there (?:is|are) no versions? of (?P<name>[\w.-]+?)(?P<asked>[<>=!~]=?\S+)")
_ONLY_BELOW: Final = re.compile(
    r"only (?:the following versions of )?(?P<name>[\w.-]+?)(?P<asked>[<>=]\S+) is available"
)
_NO_WHEEL: Final = re.compile(r"Wheels are required for `(?P<name>[\w.-]+)`")
_ANY_NO_WHEEL: Final = re.compile(r"(?P<name>[\w.-]+?)(?P<asked>[<>=!~]=?\S+)? has no (?:usable )?wheels")
_TAGS: Final = re.compile(r"hint: You require .*?we only found wheels for `(?P<name>[\w.-]+)`.*?: (?P<tags>[^\n]+)")
_URL: Final = re.compile(r"https?://[^\s)`]+")
_DENIED: Final = re.compile(r"\b(?:401|403)\b")
_MISMATCH: Final = re.compile(r"Hash mismatch for `(?P<name>[^`]+)`")
_LENGTH: Final = 400


def resolve_problem(problem: str, requirements: Requirements, platform: Platform, newest: Newest) -> str:
    """Condense uv's *problem* into one line; *newest* is asked where a version that can be had helps the user."""
    if "No space left on device" in problem:
        return "cannot resolve dependencies: no space left for uv's cache; free some, or set UV_CACHE_DIR"
    if "unsatisfiable" not in problem:
        return _unreachable(problem)
    if match := _UNKNOWN.search(problem):
        return _unknown(match["name"], requirements)
    if match := _NO_WHEEL.search(problem) or _ANY_NO_WHEEL.search(problem):
        return _no_wheel(match["name"], problem, requirements, platform, newest)
    if match := _NO_VERSION.search(problem) or _ONLY_BELOW.search(problem):
        return _no_version(match["name"], requirements, platform, newest)
    return f"the requirements contradict each other on {platform}: {_flat(problem)}"


def _unknown(name: str, requirements: Requirements) -> str:
    if requirements.index_url == "none":
        folders = ", ".join(requirements.find_links) or "none given"
        return f"package {name!r} is not in the wheelhouse ({folders}): put its wheel there with `pip download {name}`"
    wrong = canonicalize_name(name)
    near = [OTHER_NAMES[wrong]] if wrong in OTHER_NAMES else get_close_matches(wrong, COMMON, n=1, cutoff=0.8)
    hint = f"did you mean {near[0]!r}?" if near else "check its spelling, or name the index that has it (--index-url)"
    return f"unknown package {name!r}{_asked(name, requirements)}: {hint}"


def _no_wheel(name: str, problem: str, requirements: Requirements, platform: Platform, newest: Newest) -> str:
    tags = _TAGS.search(problem)
    has = f" (wheels: {tags['tags'].replace('`', '')})" if tags and tags["name"] == name else ""
    version = newest(name)
    possible = f"{name}=={version} has one; or " if version else ""
    return (
        f"package {name!r}{_asked(name, requirements)} has no wheel for {platform}{has}: {possible}"
        f"build one with `pip wheel {name}` and put it in the wheelhouse"
    )


def _no_version(name: str, requirements: Requirements, platform: Platform, newest: Newest) -> str:
    version = newest(name)
    possible = f"the newest that {platform} can have is {version}" if version else "the index has no such version"
    return f"package {name!r}{_asked(name, requirements)} does not exist in that version: {possible}"


def _asked(name: str, requirements: Requirements) -> str:
    lines = [each for each in requirements.packages if re.match(rf"{re.escape(canonicalize_name(name))}\b(?!-)", each)]
    return f" (asked: {lines[0].split(' --hash')[0]})" if lines and lines[0] != name else ""


def _unreachable(problem: str) -> str:
    url = _URL.search(problem)
    host = (urlsplit(url[0]).hostname or "") if url else ""
    if host and _DENIED.search(problem):
        return (
            f"package index {host} refused access: put its credentials in ~/.netrc, a keyring, or the environment "
            f"variables UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD"
        )
    if host:
        return (
            f"package index {host} cannot be reached ({_last_cause(problem)}): check network, proxy and index URL, "
            f"or install from a wheelhouse, with `--no-index` in the requirements file"
        )
    return f"dependencies cannot be resolved: {_flat(problem)}"


def _last_cause(problem: str) -> str:
    causes = re.findall(r"cause: (.+)", problem)
    return causes[-1].strip() if causes else "no answer"


def _flat(problem: str) -> str:
    text = problem.split("hint:", maxsplit=1)[0].replace("error: No solution found when resolving dependencies", "")
    flat = " ".join(text.replace("cause: ", "").split())
    return flat if len(flat) <= _LENGTH else f"{flat[:_LENGTH]}..."


def install_problem(problem: str) -> str:
    """Condense what went wrong when uv installed locked packages into one line."""
    mismatch = _MISMATCH.search(problem)
    if mismatch:
        return (
            f"package {mismatch['name']} is not the one that was locked: its hash differs; "
            f"if the change is meant, run `modelport lock --upgrade`"
        )
    if _URL.search(problem) and "unsatisfiable" not in problem:
        return _unreachable(problem)
    return (
        f"dependencies cannot be installed: {_flat(problem)}; if the lock is older than the index, run `modelport lock`"
    )
