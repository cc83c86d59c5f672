"""`ImageBuild`: the content key of an image, and the files or layers behind it, as the engine sees them."""

import os
import threading
from pathlib import Path

from modelport.errors import ModelportError
from modelport.image.build import load_build
from modelport.image.build_plan import BuildPlan, plan_build, write_lock_addition
from modelport.image.builders import OCI
from modelport.image.context import is_context, write_context
from modelport.image.environment import is_whole
from modelport.image.image_plan import ImagePlan
from modelport.image.image_sizes import size_line
from modelport.image.lock import read_lock
from modelport.image.stage_build import build
from modelport.provider.image_export import export_if_asked
from modelport.provider.image_lock import refresh_lock
from modelport.provider.image_planning import PlannedImage, compose, destination, planned_only, stored_or_planned, write
from modelport.provider.image_request import INPUTS, builder_of, image_request
from modelport.provider.images import ImageIds, remember_image
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, Difference
from modelport.provider.values import UNKNOWN, Properties
from modelport.store.reference import ImageReference

_KEYS = ("contentKey", "environmentKey")
_OF_THE_PLAN = ("reference", "cpu", "memoryGb", "gpu", "digest", "imageId", "size", "pullReference", "path")
_COMPARED = ("builder", "digest", "pullReference", "path", "tag")
_unpacking = threading.Lock()


class ImageBuild:
    """Inputs: those of `ScoringImage` in camelCase, and the keys that Check computes. Outputs: also the reference."""

    token = "modelport:index:ImageBuild"  # noqa: S105 - a type token

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Compute the content key, and report all that is wrong with script, requirements, lock, base and size."""
        given: Properties = {name: news.values[name] for name in INPUTS if name in news.values}
        if news.unknown(*INPUTS):
            return {**given, **dict.fromkeys(_KEYS, UNKNOWN)}
        plan = self._plan(call, news)
        for finding in plan.findings:
            call.warn(finding)
        if plan.base is not None:
            image = self._image(call, news)
            destination(news).check_size(news.text("name"), image.sizes)
            if image.stored is None:
                call.log("info", size_line(news.text("name"), image.sizes))
        return {**given, "contentKey": plan.content_key, "environmentKey": plan.environment.key}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:
        """Compare keys and digest; files that are gone, and a lock that lacks this image, are changes too."""
        replaces = tuple(name for name in ("store", "name") if olds.values.get(name) != news.values.get(name))
        changed = [name for name in _KEYS if olds.values.get(name) != news.values.get(name)]
        if not changed and not replaces:
            wanted = self._outputs(call, news)
            changed = [name for name in _COMPARED if wanted.get(name) != outputs.values.get(name)]
        if not changed and not replaces and self._missing(call, news):
            changed = ["reference"]
        return Difference((*changed, *replaces), replaces)

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """All is known when the inputs are."""
        if news.unknown("contentKey"):
            return {**news.values, **dict.fromkeys(_OF_THE_PLAN, UNKNOWN)}
        return self._outputs(call, news)

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Write lock, environment and files, or layers; what is there already is left as it is."""
        return news.text("name"), self.update(call, news, news)

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002 - the plan says all
        """Write what the new key names; the old stays for the service that runs it."""
        plan = self._planned(call, news)
        if plan.content_key != news.text("contentKey"):
            msg = f"image {news.text('name')!r}: its files changed since the update began; run the command again"
            raise ModelportError(msg)
        if plan.base is None:
            unpack_from = news.text("store")
            build(plan, call.session.workspace, lambda *model: self._unpack(call, unpack_from, *model), call.progress)
        elif builder_of(news) == OCI:
            stored = write(call, news, plan, self._image(call, news))
            call.progress(size_line(news.text("name"), stored.sizes))
        else:
            write_lock_addition(plan, call.session.workspace)
            write_context(self._composed(call, news), self._context(call, news), call.progress)
        written = self._outputs(call, news)
        for key in ("image", "stored"):  # they say that lock and store lack what was just written
            call.session.planned.pop((key, call.urn), None)
        return written

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:  # noqa: ARG002
        """Repeat the state: what is missing shows as a change of the next update, not as a loss."""
        return {**outputs.values}

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Other stacks may run the same files: `modelport prune` removes what nothing runs."""

    def _planned(self, call: Call, news: Inputs) -> BuildPlan:
        planned = call.session.planned.get(("image", call.urn))
        if isinstance(planned, BuildPlan) and planned.content_key == news.values.get("contentKey"):
            return planned
        return self._plan(call, news)

    def _plan(self, call: Call, news: Inputs) -> BuildPlan:
        request = image_request(call, news)
        refresh_lock(call, request)
        export_if_asked(call, news, request)
        lock = read_lock(call.session.workspace.lock_file)
        plan = plan_build(request, lock, may_resolve=not os.environ.get("CI"), progress=call.progress)
        call.session.planned["image", call.urn] = plan
        call.session.planned.pop(("stored", call.urn), None)
        return plan

    def _image(self, call: Call, news: Inputs) -> PlannedImage:
        """Plan the image of what has a base, once for each plan."""
        plan = self._planned(call, news)
        known = call.session.planned.get(("stored", call.urn))
        if isinstance(known, PlannedImage):
            return known
        image = stored_or_planned(call, news, plan) if builder_of(news) == OCI else planned_only(call, news, plan)
        call.session.planned["stored", call.urn] = image
        return image

    def _composed(self, call: Call, news: Inputs) -> ImagePlan:
        return self._image(call, news).plan or compose(call, news, self._planned(call, news))

    def _missing(self, call: Call, news: Inputs) -> bool:
        plan = self._planned(call, news)
        if plan.adds_to_lock:
            return True
        if plan.base is None:
            return self._files_missing(call, plan)
        if builder_of(news) == OCI:
            return self._image(call, news).stored is None
        return not is_context(self._composed(call, news), self._context(call, news))

    def _files_missing(self, call: Call, plan: BuildPlan) -> bool:
        workspace = call.session.workspace
        try:
            load_build(workspace, plan.content_key)
        except ModelportError:
            return True
        return not is_whole(workspace.environments / plan.environment.key)

    def _context(self, call: Call, news: Inputs) -> Path:
        return call.session.workspace.contexts / destination(news).repository

    def _outputs(self, call: Call, news: Inputs) -> Properties:
        plan = self._planned(call, news)
        goal = destination(news)
        image = None if plan.base is None else self._image(call, news)
        pushed = image if builder_of(news) == OCI else None
        reference = ImageReference(goal.store, goal.repository, plan.content_key, pushed.digest if pushed else None)
        found: Properties = {
            **news.values,
            "reference": str(reference),
            "cpu": plan.resources.cpu,
            "memoryGb": plan.resources.memory_gb,
            "gpu": plan.resources.gpu,
        }
        if image is not None:
            found["size"] = image.size
        if pushed is not None:
            pulled = goal.pull_reference(pushed.digest)
            found |= {"digest": pushed.digest, "imageId": pushed.config_digest, "pullReference": pulled}
            remember_image(call, str(reference), ImageIds(pushed.digest, pushed.config_digest))
        elif image is not None:
            found["path"] = str(self._context(call, news).relative_to(call.session.project_root))
        return found

    def _unpack(self, call: Call, store: str, name: str, digest: str, target: Path) -> None:
        """Unpack a model once for all builds, and link it: a changed script must not copy gigabytes."""
        shared = call.session.workspace.models / name / digest.removeprefix("sha256:")
        with _unpacking:
            if not shared.is_dir():
                shared.parent.mkdir(parents=True, exist_ok=True)
                call.session.models_of(store).unpack(name, digest, shared, call.progress)
        target.symlink_to(shared)
