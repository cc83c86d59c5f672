"""What `modelport image` asks of an image's preview: write it to a folder or file, whatever the service's builder."""

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from modelport import image_mode
from modelport.files import replace_file
from modelport.image.build_plan import BuildPlan, write_lock_addition
from modelport.image.builders import FILES, OCI
from modelport.image.context import fill_context
from modelport.image.request import ImageRequest
from modelport.image.stored_image import StoredImage
from modelport.image.write_image import copy_image, write_image
from modelport.local.docker_archive import LoadableImage
from modelport.provider.image_planning import base_copier, compose, destination, new_plan, repository_of, stored
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.store.errors import write_errors
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.temporary import temporary_file, temporary_folder

_PREFIX = ".modelport-image-"


def export_if_asked(call: Call, news: Inputs, request: ImageRequest) -> None:
    """
    Write the image where the environment asks for this one; do nothing elsewhere.

    It is made in a temporary place and moved, so that nothing half-made is left. Raises `ModelportError`.
    """
    if os.environ.get(image_mode.IMAGE) != request.name:
        return
    told = Path(os.environ[image_mode.IMAGE_DIGEST])
    if told.exists():  # the engine checks a resource that it has in its state twice
        return
    wanted = replace(request, builder=OCI) if request.builder == FILES else request
    plan = new_plan(call, wanted)
    write_lock_addition(plan, call.session.workspace)
    target = Path(os.environ[image_mode.IMAGE_TARGET])
    digest = _export(call, news, plan, target, os.environ[image_mode.IMAGE_FORM])
    replace_file(told, digest)


def _export(call: Call, news: Inputs, plan: BuildPlan, target: Path, form: str) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    with write_errors(target, 0), temporary_folder(target.parent, _PREFIX) as folder:
        if form == image_mode.CONTEXT:
            composed = compose(call, news, plan)
            fill_context(composed, call.progress, folder)
            folder.replace(target)
            return composed.descriptor.digest
        layout = LayoutRepository(LayoutStore(folder), plan.request.name)
        image = _in_layout(call, news, plan, layout)
        (folder / ".lock").unlink(missing_ok=True)  # of the writing; whoever reads the layout needs none
        if form == image_mode.LAYOUT:
            folder.replace(target)
        else:
            _archive(call, layout, image, target, f"modelport/{plan.request.name}:{plan.content_key[:12]}")
    return image.descriptor.digest


def _in_layout(call: Call, news: Inputs, plan: BuildPlan, layout: LayoutRepository) -> StoredImage:
    found, tags = stored(call, news, plan), [plan.content_key]
    if found is not None:
        return copy_image(found, repository_of(call, news), layout, tags, call.progress)
    image = compose(call, news, plan)
    return write_image(image, layout, base_copier(call, image, str(destination(news).store)), tags, call.progress)


def _archive(call: Call, layout: LayoutRepository, image: StoredImage, target: Path, name: str) -> None:
    with ExitStack() as stack:
        temporary, output = stack.enter_context(temporary_file(target.parent, _PREFIX))
        call.progress(f"writing {target.name}")
        with os.fdopen(os.dup(output), "wb") as file:
            file.writelines(LoadableImage(layout, image.descriptor, name).chunks())
        temporary.replace(target)
