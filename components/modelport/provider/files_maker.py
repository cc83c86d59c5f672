"""Builder `files`: what a process on this machine runs."""

import threading
from pathlib import Path

from modelport.errors import ModelportError
from modelport.image.build import load_build
from modelport.image.environment import is_whole
from modelport.image.stage_build import build
from modelport.provider.image_planning import forget_plan, keys_of, plan_anew, planned, planned_outputs
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties
from modelport.store.reference import ImageReference, parse_store

_unpacking = threading.Lock()


class FilesMaker:
    """Script, runtime and models as files of the project, and an environment for this machine's Python."""

    def keys(self, call: Call, news: Inputs) -> Properties:
        """Plan anew."""
        return keys_of(call, plan_anew(call, news))

    def outputs(self, call: Call, news: Inputs) -> Properties:
        """Give a reference without a digest: there is no manifest."""
        reference = ImageReference(parse_store(news.text("store")), news.text("name"), news.text("contentKey"))
        return {**planned_outputs(call, news), "reference": str(reference)}

    def is_missing(self, call: Call, news: Inputs) -> bool:
        """Say whether files or environment are gone, or the lock lacks something."""
        plan, workspace = planned(call, news), call.session.workspace
        try:
            load_build(workspace, plan.content_key)
        except ModelportError:
            return True
        return plan.adds_to_lock or not is_whole(workspace.environments / plan.environment.key)

    def write(self, call: Call, news: Inputs) -> None:
        """Write lock, environment and files; those of another key stay for the service that runs them."""
        store = news.text("store")
        plan = planned(call, news)
        build(plan, call.session.workspace, lambda *model: _unpack(call, store, *model), call.progress)
        forget_plan(call)


def _unpack(call: Call, store: str, name: str, digest: str, target: Path) -> None:
    """Unpack a model once for all builds, and link it: a changed script must not copy gigabytes."""
    shared = call.session.workspace.models / name / digest.removeprefix("sha256:")
    with _unpacking:
        if not shared.is_dir():
            shared.parent.mkdir(parents=True, exist_ok=True)
            call.session.models_of(store).unpack(name, digest, shared, call.progress)
    target.symlink_to(shared)
