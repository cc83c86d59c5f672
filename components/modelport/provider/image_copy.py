"""`ImageBuild` with the builder `prebuilt`: an image taken by digest, for which nothing is built."""

import os
from typing import Final

from modelport import image_mode
from modelport.errors import InputError, InvalidInputsError
from modelport.image import prebuilt
from modelport.image.layers import LayerKind
from modelport.image.prebuilt import PREBUILT, PrebuiltPlan, copy_prebuilt, plan_prebuilt
from modelport.provider.daemon_images import ImageIds, remember_image
from modelport.provider.image_planning import destination, repository_of
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties
from modelport.store.reference import ImageReference

_BUILT_FROM: Final = (
    "models", "entryScript", "sourceDirectory", "requirements", "dependencies", "condaFile", "condaDependencies",
    "environment", "environmentVariables", "base", "dockerfile", "accelerator",
)  # fmt: skip
_NOT_KNOWN: Final = ("cpu", "memoryGb", "gpu", "entryScript")


def check_copy(call: Call, news: Inputs, platform: str) -> str:
    """
    Find the image for *platform* (``linux/amd64``) and give its content key; says what is worth knowing of it.

    Raises `InvalidInputsError`, for what only a build could use as well.
    """
    problems = [*destination(news).problems(), *_problems(news)]
    try:
        plan = _planned(call, news, platform)
        # Whose layers are what is not known of images made elsewhere: for the limit, all counts as base.
        destination(news).check_size(news.text("name"), {LayerKind.BASE.value: plan.image.size})
    except InputError as error:
        raise InvalidInputsError([*problems, error]) from error
    if problems:
        raise InvalidInputsError(problems)
    for finding in plan.findings:
        call.warn(finding)
    return plan.content_key


def copy_outputs(call: Call, news: Inputs, platform: str) -> Properties:
    """
    Give what a service needs to run the image; all of it is known at preview.

    Of an index, the reference is that of the platform's image, which one daemon runs; a cluster takes the index.
    """
    plan, goal = _planned(call, news, platform), destination(news)
    image, image_id = plan.image.descriptor.digest, plan.image.config.digest
    reference = str(ImageReference(goal.store, goal.repository, plan.content_key, image))
    remember_image(call, reference, ImageIds(image, image_id))
    return {
        **dict.fromkeys(_NOT_KNOWN),
        **news.values,
        "reference": reference,
        "digest": plan.descriptor.digest,
        "imageId": image_id,
        "size": plan.image.size,
        "pullReference": goal.pull_reference(plan.descriptor.digest),
        "modelIds": [*plan.model_ids],
    }


def is_copied(call: Call, news: Inputs, platform: str) -> bool:
    """Say whether the store has this very image under its tags."""
    return prebuilt.is_copied(_planned(call, news, platform), repository_of(call, news))


def copy_image(call: Call, news: Inputs, platform: str) -> None:
    """Copy what the store lacks of the image, and name it by its content key and tag. Raises `ModelportError`."""
    plan, goal, target = _planned(call, news, platform), destination(news), repository_of(call, news)
    session = call.session
    written = copy_prebuilt(plan, target, str(goal.store), session.project_root, call.progress, session.registries)
    if goal.tag is not None:
        target.put_manifest(written.media_type, target.manifest(written), goal.tag)


def _problems(news: Inputs) -> list[InputError]:
    problems = [
        InputError(name, f"cannot be given beside {PREBUILT}: that image has its own")
        for name in _BUILT_FROM
        if news.values.get(name)
    ]
    if os.environ.get(image_mode.IMAGE) == news.text("name"):
        reason = "names an image already, which is not written anew: copy it with docker or skopeo"
        problems.append(InputError(PREBUILT, reason))
    return problems


def _planned(call: Call, news: Inputs, platform: str) -> PrebuiltPlan:
    """Ask for the image once a run: a digest names the same bytes at the end as at the beginning."""
    key = ("prebuilt", call.urn, news.text(PREBUILT), platform)
    known = call.session.planned.get(key)
    if isinstance(known, PrebuiltPlan):
        return known
    goal, session = destination(news), call.session
    copies = (goal.store, f"images/{goal.repository}")
    plan = plan_prebuilt(news.text(PREBUILT), platform, session.project_root, session.registries, copies)
    call.session.planned[key] = plan
    return plan
