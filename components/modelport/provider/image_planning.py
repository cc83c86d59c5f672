"""
Images between Check and Create: planned once for each state of their files, then looked up.

An image that the store has under its content key is taken as it is; what it lacks is composed from the plan.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from modelport.errors import InvalidInputsError
from modelport.image.base_layers import copy_base_layers
from modelport.image.build_plan import BuildPlan, plan_build, write_lock_addition
from modelport.image.destination import Destination
from modelport.image.image_config import ImageFacts
from modelport.image.image_plan import ImagePlan, plan_image
from modelport.image.lock import read_lock
from modelport.image.request import ImageRequest
from modelport.image.stored_image import StoredImage, find_image, is_whole
from modelport.image.write_image import CopyBase, write_image
from modelport.provider.image_request import image_request
from modelport.provider.inputs import Inputs
from modelport.provider.models import model_layer
from modelport.provider.resource import Call
from modelport.provider.revision import source_revision
from modelport.provider.values import Properties, plain
from modelport.store.reference import parse_store
from modelport.store.repository import Repository

_PLAN, _IMAGE = "image", "composed image"


@dataclass(frozen=True)
class KnownImage:
    """An image by its digests, and how many bytes of it are what."""

    digest: str
    config_digest: str
    """Docker's id of the image."""
    sizes: Mapping[str, int]
    stored: StoredImage | None
    """``None`` for one that was only composed."""

    @property
    def size(self) -> int:
        """Bytes, compressed, the base included."""
        return sum(self.sizes.values())


def new_plan(call: Call, request: ImageRequest) -> BuildPlan:
    """Plan the build of *request* on the lock as it is now; on a laptop, what it lacks is found out."""
    lock = read_lock(call.session.workspace.lock_file)
    may_resolve = not os.environ.get("CI")
    registries = call.session.registries
    return plan_build(request, lock, may_resolve=may_resolve, registries=registries, progress=call.progress)


def plan_anew(call: Call, news: Inputs) -> BuildPlan:
    """Plan the image's build from its files as they are now, and keep the plan."""
    from modelport.provider.image_export import export_if_asked  # noqa: PLC0415 - it plans images, too
    from modelport.provider.image_lock import refresh_lock  # noqa: PLC0415 - only `modelport lock` asks for it

    if problems := [*destination(news).problems()]:
        raise InvalidInputsError(problems)
    request = image_request(call, news)
    refresh_lock(call, request)
    export_if_asked(call, news, request)
    forget_plan(call)
    plan = new_plan(call, request)
    call.session.planned[_PLAN, call.urn] = plan
    return plan


def planned(call: Call, news: Inputs) -> BuildPlan:
    """Find the plan that Check kept."""
    known = call.session.planned.get((_PLAN, call.urn))
    if isinstance(known, BuildPlan) and known.content_key == news.values.get("contentKey"):
        return known
    return plan_anew(call, news)


def forget_plan(call: Call) -> None:
    """Forget what was planned: it says that lock and store lack what was just written."""
    for key in (_PLAN, _IMAGE):
        call.session.planned.pop((key, call.urn), None)


def keys_of(call: Call, plan: BuildPlan) -> Properties:
    """Show the findings of *plan*, and give the keys that name it."""
    for finding in plan.findings:
        call.warn(finding)
    return {"contentKey": plan.content_key, "environmentKey": plan.environment.key}


def keyed(news: Inputs, keys: Properties) -> Inputs:
    """Give the inputs with the keys that Check has found: under them it finds its own plan again."""
    return Inputs({**news.values, **plain(keys)})


def planned_outputs(call: Call, news: Inputs) -> Properties:
    """Give the outputs that all builders of ours have; the key is that of the files, whatever the inputs say."""
    plan = planned(call, news)
    wanted = plan.resources
    measures: Properties = {"cpu": wanted.cpu, "memoryGb": wanted.memory_gb, "gpu": wanted.gpu}
    return {**news.values, **measures, "contentKey": plan.content_key}


def destination(news: Inputs) -> Destination:
    """Read where the image goes."""
    limit = news.values.get("sizeLimitMb")
    return Destination(
        parse_store(news.text("store")),
        news.optional_text("repository") or news.text("name"),
        news.optional_text("tag"),
        None if limit is None else news.number("sizeLimitMb", 0),
        news.optional_text("pullHost"),
    )


def repository_of(call: Call, news: Inputs) -> Repository:
    """Open the repository of the image."""
    return call.session.repository(news.text("store"), f"images/{destination(news).repository}")


def composed(call: Call, news: Inputs) -> ImagePlan:
    """Compose the planned image, once for each plan."""
    plan = planned(call, news)
    known = call.session.planned.get((_IMAGE, call.urn))
    if not isinstance(known, ImagePlan):
        known = compose(call, news, plan)
        call.session.planned[_IMAGE, call.urn] = known
    return known


def compose(call: Call, news: Inputs, plan: BuildPlan) -> ImagePlan:
    """Compose layers, configuration and manifest of *plan*."""
    store = news.text("store")
    facts = ImageFacts(
        name=news.text("name"),
        content_key=plan.content_key,
        entry_script=plan.entry_script,
        environment_variables=plan.request.environment_variables,
        models=tuple(model_layer(call, text, store) for text in news.texts("models")),
        accelerator=plan.request.accelerator,
        revision=source_revision(call.session.project_root),
        dockerfile=plan.request.dockerfile,
    )
    return plan_image(plan, facts, call.session.workspace, call.progress)


def stored(call: Call, news: Inputs, plan: BuildPlan) -> StoredImage | None:
    """Find the whole image under the content key of *plan*; ``None`` when the store lacks it or a blob of it."""
    repository = repository_of(call, news)
    found = find_image(repository, plan.content_key)
    return found if found is not None and is_whole(repository, (*found.layers, found.config)) else None


def stored_or_composed(call: Call, news: Inputs) -> KnownImage:
    """Find the image under its content key, whose digest then counts; else compose it. Nothing is written."""
    found = stored(call, news, planned(call, news))
    if found is not None:
        return KnownImage(found.descriptor.digest, found.config.digest, found.sizes, found)
    image = composed(call, news)
    return KnownImage(image.descriptor.digest, image.config_descriptor.digest, image.sizes, None)


def write_planned(call: Call, news: Inputs) -> StoredImage:
    """Write the lock's addition, and the image unless the store has it. Raises `ModelportError`."""
    plan = planned(call, news)
    write_lock_addition(plan, call.session.workspace)
    found = stored(call, news, plan)
    if found is not None:
        return found
    image, goal = composed(call, news), destination(news)
    tags = goal.tags(plan.content_key, image.facts.revision)
    copy_base = base_copier(call, image, str(goal.store))
    return write_image(image, repository_of(call, news), copy_base, tags, call.progress)


def base_copier(call: Call, plan: ImagePlan, store: str) -> CopyBase:
    """Say how the layers of the base get into a repository of *store*."""
    session = call.session
    return lambda target, progress: copy_base_layers(
        plan.base, target, store, session.workspace, progress, session.registries
    )
