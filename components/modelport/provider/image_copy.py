"""`ImageBuild` with the builder `prebuilt`: an image taken by digest, for which nothing is built."""

from modelport.errors import InputError, InvalidInputsError
from modelport.image.prebuilt import PREBUILT, PrebuiltPlan, copy_prebuilt, plan_prebuilt
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties
from modelport.store.open_repository import open_repository
from modelport.store.reference import ImageReference, parse_store
from modelport.store.repository import Repository

_BUILT_FROM = ("models", "entryScript", "sourceDirectory", "requirements", "dependencies", "environmentVariables")
_NOT_KNOWN = ("cpu", "memoryGb", "gpu", "entryScript")


def check_copy(call: Call, news: Inputs, platform: str) -> str:
    """
    Find the image for *platform* (``linux/amd64``) and give its content key; says what is worth knowing of it.

    Raises `InvalidInputsError`, for what only a build could use as well.
    """
    beside = [name for name in _BUILT_FROM if news.values.get(name)]
    problems = [InputError(name, f"cannot be given beside {PREBUILT}: that image has its own") for name in beside]
    try:
        plan = _planned(call, news, platform)
    except InputError as error:
        raise InvalidInputsError([*problems, error]) from error
    if problems:
        raise InvalidInputsError(problems)
    for finding in plan.findings:
        call.warn(finding)
    return plan.content_key


def copy_outputs(call: Call, news: Inputs, platform: str) -> Properties:
    """Give what a service needs to run the image; all of it is known at preview."""
    plan = _planned(call, news, platform)
    reference = ImageReference(
        parse_store(news.text("store")), news.text("name"), plan.content_key, plan.descriptor.digest
    )
    return {
        **dict.fromkeys(_NOT_KNOWN),
        **news.values,
        "reference": str(reference),
        "digest": plan.descriptor.digest,
        "size": plan.image.size,
    }


def is_copied(call: Call, news: Inputs, platform: str) -> bool:
    """Say whether the store names this very image by its content key."""
    plan = _planned(call, news, platform)
    found = _target(call, news).resolve(plan.content_key)
    return found is not None and found.digest == plan.descriptor.digest


def copy_image(call: Call, news: Inputs, platform: str) -> None:
    """Copy what the store lacks of the image, and name it by its content key. Raises `ModelportError`."""
    copy_prebuilt(
        _planned(call, news, platform),
        _target(call, news),
        news.text("store"),
        call.session.project_root,
        call.progress,
        call.session.registries,
    )


def _planned(call: Call, news: Inputs, platform: str) -> PrebuiltPlan:
    """Ask for the image once a run: a digest names the same bytes at the end as at the beginning."""
    key = ("prebuilt", call.urn, news.text(PREBUILT), platform)
    known = call.session.planned.get(key)
    if isinstance(known, PrebuiltPlan):
        return known
    plan = plan_prebuilt(news.text(PREBUILT), platform, call.session.project_root, call.session.registries)
    call.session.planned[key] = plan
    return plan


def _target(call: Call, news: Inputs) -> Repository:
    session = call.session
    return open_repository(news.text("store"), f"images/{news.text('name')}", session.project_root, session.registries)
