"""
The user's own part of an image that a daemon builds: a Dockerfile, whose base the rest stands on.

Source: the Dockerfile reference of Docker, "FROM": the last stage is the image.
"""

import re
from pathlib import Path
from typing import Final

from modelport.errors import InputError
from modelport.image.image_error import ImageError
from modelport.image.image_source import parse_image_source

_FROM: Final = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(?P<image>\S+)(?:[ \t]+AS[ \t]+(?P<stage>\S+))?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST: Final = 1 << 20
DOCKERFILE: Final = "dockerfile"
"""The input that names it."""


def read_dockerfile(path: Path) -> str:
    """Read a Dockerfile. Raises `InputError` when it is none, or has no stage."""
    try:
        text = path.read_bytes()[: _LONGEST + 1].decode()
    except OSError as error:
        reason = (
            f"{path.name} cannot be read: {error.strerror}; give the path of a Dockerfile from the project's folder"
        )
        raise InputError(DOCKERFILE, reason) from error
    except UnicodeDecodeError as error:
        raise InputError(DOCKERFILE, f"{path.name} is no text") from error
    if len(text) > _LONGEST or not _FROM.search(text):
        raise InputError(DOCKERFILE, f"{path.name} has no line FROM, or is longer than {_LONGEST} bytes")
    return text.replace("\r\n", "\n")


def base_of_dockerfile(text: str) -> str:
    """Find what the last stage stands on, through stages that it names. Raises `InputError` when no text tells."""
    stages = list(_FROM.finditer(text))
    by_name = {stage["stage"].lower(): stage["image"] for stage in stages if stage["stage"]}
    image = stages[-1]["image"]
    seen: set[str] = set()
    while image.lower() in by_name and image.lower() not in seen:
        seen.add(image.lower())
        image = by_name[image.lower()]
    try:
        parse_image_source(image)
    except ImageError as error:
        reason = f"its base FROM {image} is no image that can be looked up; name what it comes to in `base`"
        raise InputError(DOCKERFILE, reason) from error
    return image


def with_digest(text: str, reference: str, digest: str) -> str:
    """Write *digest* behind the base in its FROM lines where it is *reference*: tags move, the lock does not."""

    def pinned(line: re.Match[str]) -> str:
        image = line["image"]
        if "@" in image or not _same(image, reference):
            return line[0]
        start, end = (place - line.start() for place in line.span("image"))
        return f"{line[0][:start]}{image}@{digest}{line[0][end:]}"

    return _FROM.sub(pinned, text)


def _same(image: str, reference: str) -> bool:
    try:
        return str(parse_image_source(image)) == str(parse_image_source(reference))
    except ImageError:
        return False
