"""What a process of this machine cannot give: its Python is this machine's, and it has no base image."""

from modelport.errors import InputError
from modelport.image.platforms import host_platform
from modelport.image.request import ImageRequest
from modelport.image.wanted_sources import python_wishes


def other_machine_problems(request: ImageRequest) -> list[InputError]:
    """Find what *request*, to be run as a process here, asks of an image that it does not have."""
    problems: list[InputError] = []
    if request.interpreter_path is not None:
        reason = (
            f"{request.interpreter_path!r} is an interpreter of a base image, which a process on this machine does not "
            f"have: list the packages, or build an image (image.builder: oci)"
        )
        problems.append(InputError("interpreterPath", reason))
    here = host_platform().python
    if request.platform.python != here:
        problems += [
            wish.error(
                f"Python {request.platform.python} is asked for, but a process on this machine runs on its Python "
                f"{here}: ask for {here}, or build an image (image.builder: oci)"
            )
            for wish in python_wishes(request)
            if not wish.allows(here)
        ]
    return problems
