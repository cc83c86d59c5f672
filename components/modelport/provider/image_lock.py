"""What `modelport lock` asks of an image's preview: resolve again, and write the lock."""

import os

from modelport.errors import InputError, InvalidInputsError
from modelport.image.build_plan import plan_build, write_lock_addition
from modelport.image.builders import FILES
from modelport.image.image_parts import base_of
from modelport.image.lock import Lock, read_lock
from modelport.image.lock_environments import lock_environments
from modelport.image.platforms import parse_platform
from modelport.image.request import ImageRequest
from modelport.image.wanted import wanted_requirements
from modelport.image.write_lock import merge_lock
from modelport.lock_mode import LOCK_MODE, LOCK_PLATFORMS, LOCK_UPGRADE
from modelport.provider.resource import Call


def refresh_lock(call: Call, request: ImageRequest) -> None:
    """Write the entries of *request*, once a run, where `modelport lock` runs; do nothing elsewhere."""
    mode = os.environ.get(LOCK_MODE)
    if not mode or call.session.claim(("lock", request.name), call.urn):
        return
    if ("locked", request.name) in call.session.planned:
        return
    upgrade = mode == LOCK_UPGRADE
    if request.builder == FILES:
        _lock_packages(call, request, upgrade=upgrade)
    else:
        _lock_image(call, request, upgrade=upgrade)
    call.session.planned["locked", request.name] = True


def _lock_image(call: Call, request: ImageRequest, *, upgrade: bool) -> None:
    """Lock the base, the packages for its Python, and the layer that holds them."""
    workspace = call.session.workspace
    known = Lock() if upgrade else read_lock(workspace.lock_file)
    registries = call.session.registries
    placed, base, is_new = base_of(request, known, may_resolve=True, registries=registries, progress=call.progress)
    if is_new:
        merge_lock(workspace, {}, [base])
    _lock_packages(call, placed, upgrade=upgrade)
    lock = read_lock(workspace.lock_file)
    plan = plan_build(request, lock, may_resolve=True, registries=registries, progress=call.progress)
    write_lock_addition(plan, workspace)


def _lock_packages(call: Call, request: ImageRequest, *, upgrade: bool) -> None:
    wanted, _, problems = wanted_requirements(request)
    if problems:
        raise InvalidInputsError(problems)
    platforms = [parse_platform(text) for text in os.environ.get(LOCK_PLATFORMS, "").split(",") if text]
    try:
        lock_environments(
            [wanted],
            call.session.workspace,
            platforms or [request.platform],
            upgrade=upgrade,
            progress=call.progress,
        )
    except InvalidInputsError as error:  # it names images, the engine wants properties of this one
        named = [(each.property_path.removeprefix(request.name).removeprefix("."), each) for each in error.failures]
        raise InvalidInputsError(InputError(path or "requirements", each.reason) for path, each in named) from None
