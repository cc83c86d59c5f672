"""Images as the provider plans and writes them: what the store has already, else what this machine would put there."""

from collections.abc import Mapping
from dataclasses import dataclass

from modelport.errors import ModelportError
from modelport.image.base_layers import copy_base_layers
from modelport.image.build_plan import BuildPlan, write_lock_addition
from modelport.image.destination import Destination
from modelport.image.image_config import ImageFacts
from modelport.image.image_plan import ImagePlan, plan_image
from modelport.image.stored_image import StoredImage, find_image
from modelport.image.write_image import CopyBase, write_image
from modelport.provider.inputs import Inputs
from modelport.provider.models import model_layer
from modelport.provider.resource import Call
from modelport.provider.revision import source_revision
from modelport.store.layout_repository import LayoutRepository
from modelport.store.open_repository import open_repository
from modelport.store.reference import parse_store
from modelport.store.repository import Repository


@dataclass(frozen=True)
class PlannedImage:
    """An image by its digest, and how many bytes of it are what; *plan* writes it where the store has none."""

    digest: str
    config_digest: str
    """Docker's id of the image."""
    sizes: Mapping[str, int]
    stored: StoredImage | None
    plan: ImagePlan | None

    @property
    def size(self) -> int:
        """Bytes, compressed, the base included."""
        return sum(self.sizes.values())


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
    return open_repository(news.text("store"), f"images/{destination(news).repository}", call.session.project_root)


def stored_or_planned(call: Call, news: Inputs, plan: BuildPlan) -> PlannedImage:
    """Find the image under its content key, whose digest then counts; else plan it. Nothing is written."""
    repository = repository_of(call, news)
    stored = find_image(repository, plan.content_key)
    if stored is not None and _is_whole(repository, stored):
        return PlannedImage(stored.descriptor.digest, stored.config.digest, stored.sizes, stored, None)
    return planned_only(call, news, plan)


def planned_only(call: Call, news: Inputs, plan: BuildPlan) -> PlannedImage:
    """Plan the image whatever the store has."""
    planned = compose(call, news, plan)
    return PlannedImage(planned.descriptor.digest, planned.config_descriptor.digest, planned.sizes, None, planned)


def compose(call: Call, news: Inputs, plan: BuildPlan) -> ImagePlan:
    """Compose the image's layers, configuration and manifest."""
    store = news.text("store")
    facts = ImageFacts(
        name=news.text("name"),
        content_key=plan.content_key,
        entry_script=plan.entry_script,
        environment_variables=plan.request.environment_variables,
        models=tuple(model_layer(call, text, store) for text in news.texts("models")),
        accelerator=plan.request.accelerator,
        revision=source_revision(call.session.project_root),
    )
    return plan_image(plan, facts, call.session.workspace, call.progress)


def write(call: Call, news: Inputs, plan: BuildPlan, planned: PlannedImage) -> StoredImage:
    """Write the lock's addition, and the image unless the store has it. Raises `ModelportError`."""
    write_lock_addition(plan, call.session.workspace)
    if planned.stored is not None:
        return planned.stored
    if planned.plan is None:
        msg = f"image {news.text('name')!r} was neither found nor planned; run the command again"
        raise ModelportError(msg)
    goal = destination(news)
    tags = goal.tags(plan.content_key, planned.plan.facts.revision)
    copy_base = base_copier(call, planned.plan, str(goal.store))
    return write_image(planned.plan, repository_of(call, news), copy_base, tags, call.progress)


def _is_whole(repository: Repository, image: StoredImage) -> bool:
    """Say whether a folder still has every blob; a registry keeps those that a manifest names."""
    return not isinstance(repository, LayoutRepository) or all(map(repository.has, (*image.layers, image.config)))


def base_copier(call: Call, plan: ImagePlan, store: str) -> CopyBase:
    """Say how the layers of the base get into a repository of *store*."""
    return lambda target, progress: copy_base_layers(plan.base, target, store, call.session.workspace, progress)
