"""What an image has and a local process has not: a base, and a layer with the installed packages."""

from dataclasses import replace

from modelport.errors import CancelledError, InputError, InvalidInputsError, ModelportError
from modelport.image.base import LockedBase
from modelport.image.base_checks import Asked
from modelport.image.base_plan import plan_base
from modelport.image.environment import Environment
from modelport.image.environment_layer import make_environment_layer
from modelport.image.lock import WAY_OUT, Lock, LockedLayer
from modelport.image.places import APP, MODELS, VERSIONS
from modelport.image.request import ImageRequest
from modelport.image.script_files import ScriptTree
from modelport.image.wanted import OWN_PYTHON
from modelport.image.wanted_sources import python_wishes
from modelport.progress import Progress
from modelport.store.registries import Registries
from modelport.workspace import Workspace

_SYSTEM = "linux"


def base_of(
    request: ImageRequest, lock: Lock, *, may_resolve: bool, registries: Registries | None, progress: Progress
) -> tuple[ImageRequest, LockedBase, bool]:
    """
    Find the base of *request*, and give the request with the base's Python; the last value is true for a new base.

    A Python that nobody asked for is the base's to choose. Raises `InvalidInputsError`.
    """
    if request.platform.system != _SYSTEM:
        reason = f"{request.platform} is none that containers run: images are for linux/amd64 or linux/arm64"
        raise InvalidInputsError([InputError("platform", reason)])
    own = request.interpreter_path if request.interpreter_path != OWN_PYTHON else None
    asked = Asked(request.platform.python if _asks_for_python(request) else None, own)
    place = f"{_SYSTEM}/{request.platform.machine}"
    workspace = Workspace(request.project_root)
    base, is_new = plan_base(
        request.base,
        place,
        lock,
        workspace,
        may_resolve=may_resolve,
        asked=asked,
        registries=registries,
        progress=progress,
    )
    return replace(request, platform=replace(request.platform, python=base.python_version)), base, is_new


def layer_of(
    request: ImageRequest, environment: Environment, lock: Lock, *, may_resolve: bool, progress: Progress
) -> tuple[LockedLayer, bool]:
    """
    Find the layer of *environment*: the lock's, else made now, where that is allowed; then the last value is true.

    Raises `InvalidInputsError`.
    """
    place = str(request.platform)
    locked = lock.layer(request.name, place)
    if locked is not None:
        return locked, False
    if not may_resolve:
        reason = f"modelport.lock has no image layer of {request.name!r} on {place}: {WAY_OUT} and commit the file"
        raise InvalidInputsError([InputError("requirements", reason)])
    try:
        made = make_environment_layer(Workspace(request.project_root), environment, progress)
    except CancelledError:
        raise
    except ModelportError as error:
        raise InvalidInputsError([InputError("requirements", str(error))]) from error
    return made.locked, True


def script_place_problems(request: ImageRequest, tree: ScriptTree | None) -> list[InputError]:
    """Find files of the script that would lie where an image has its models."""
    taken = {f"{folder.removeprefix(f'{APP}/')}": folder for folder in (MODELS, VERSIONS)}
    names = {f"models/{each.name}" for each in request.models}
    for file in tree.files if tree else ():
        first, _, rest = file.path.partition("/")
        model = f"{first}/{rest.partition('/')[0]}"
        if first in taken and (not rest or first != "models" or model in names):
            reason = f"{file.path}: images have their models at this place ({taken[first]}); rename it, or ignore it"
            return [InputError("sourceDirectory", reason)]
    return []


def _asks_for_python(request: ImageRequest) -> bool:
    try:
        return any(True for _ in python_wishes(request))
    except ModelportError:  # told where requirements are read
        return False
