"""`ImageBuild`: the content key of an image and the files behind it, as the engine sees them."""

import os
import threading
from pathlib import Path

from modelport.errors import InputError, InvalidInputsError, ModelportError
from modelport.image.build import load_build
from modelport.image.build_plan import BuildPlan, plan_build
from modelport.image.environment import is_whole
from modelport.image.lock import read_lock
from modelport.image.lock_environments import lock_environments
from modelport.image.platforms import Platform, host_platform, parse_platform
from modelport.image.request import ImageModel, ImageRequest
from modelport.image.stage_build import build
from modelport.image.wanted import wanted_requirements
from modelport.image.wanted_sources import settled
from modelport.lock_mode import LOCK_MODE, LOCK_PLATFORMS, LOCK_UPGRADE
from modelport.provider.inputs import Inputs
from modelport.provider.models import image_model
from modelport.provider.resource import Call, Difference
from modelport.provider.values import UNKNOWN, Properties
from modelport.registry.versions import ModelVersions
from modelport.store.layout import open_store
from modelport.store.reference import ImageReference, parse_store

_COMPUTED = ("contentKey", "environmentKey", "reference")
_INPUTS = (
    "store",
    "name",
    "models",
    "modelPaths",
    "entryScript",
    "sourceDirectory",
    "requirements",
    "dependencies",
    "condaFile",
    "condaDependencies",
    "environment",
    "pythonVersion",
    "interpreterPath",
    "wheelhouse",
    "indexUrl",
    "extraIndexUrls",
    "environmentVariables",
    "platform",
)
_unpacking = threading.Lock()


class ImageBuild:
    """Inputs: those of `ScoringImage` in camelCase, and the keys that Check computes. Outputs: also the reference."""

    token = "modelport:index:ImageBuild"  # noqa: S105 - a type token

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Compute the content key, and report all that is wrong with script, requirements and lock."""
        given: Properties = {name: news.values[name] for name in _INPUTS if name in news.values}
        if news.unknown(*_INPUTS):
            return {**given, "contentKey": UNKNOWN, "environmentKey": UNKNOWN}
        plan = self._plan(call, news)
        for finding in plan.findings:
            call.warn(finding)
        return {**given, "contentKey": plan.content_key, "environmentKey": plan.environment.key}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:  # noqa: ARG002
        """Compare keys; files that are gone, and a lock that lacks this image, are changes too."""
        replaces = tuple(name for name in ("store", "name") if olds.values.get(name) != news.values.get(name))
        changed = [name for name in ("contentKey", "environmentKey") if olds.values.get(name) != news.values.get(name)]
        if not changed and not replaces and self._missing(call, news):
            changed = ["reference"]
        return Difference((*changed, *replaces), replaces)

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """All is known when the inputs are."""
        if news.unknown("contentKey"):
            return {**news.values, **dict.fromkeys(("reference", "cpu", "memoryGb", "gpu"), UNKNOWN)}
        return self._outputs(call, news)

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Write lock, environment and files; what is there already is left as it is."""
        return news.text("name"), self.update(call, news, news)

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002 - the plan says all
        """Write lock, environment and files under the new key; the old ones stay for the service that runs them."""
        plan = self._planned(call, news)
        if plan.content_key != news.text("contentKey"):
            msg = f"image {news.text('name')!r}: its files changed since the update began; run the command again"
            raise ModelportError(msg)
        build(
            plan, call.session.workspace, lambda *model: self._unpack(call, news.text("store"), *model), call.progress
        )
        written = self._outputs(call, news)
        del call.session.planned["image", call.urn]  # it says that the lock lacks what was just written
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
        failures: list[InputError] = []
        models = _models(call, news, failures)
        if failures:
            raise InvalidInputsError(failures)
        workspace = call.session.workspace
        request = settled(_request(call.session.project_root, news, models))
        may_resolve = not os.environ.get("CI")
        if mode := os.environ.get(LOCK_MODE):
            _refresh_lock(call, request, mode)
        plan = plan_build(request, read_lock(workspace.lock_file), may_resolve=may_resolve, progress=call.progress)
        call.session.planned["image", call.urn] = plan
        return plan

    def _missing(self, call: Call, news: Inputs) -> bool:
        plan = self._planned(call, news)
        workspace = call.session.workspace
        try:
            load_build(workspace, plan.content_key)
        except ModelportError:
            return True
        return plan.lock_addition is not None or not is_whole(workspace.environments / plan.environment.key)

    def _outputs(self, call: Call, news: Inputs) -> Properties:
        wanted = self._planned(call, news).resources
        store = parse_store(news.text("store"))
        return {
            **news.values,
            "reference": str(ImageReference(store, news.text("name"), news.text("contentKey"))),
            "cpu": wanted.cpu,
            "memoryGb": wanted.memory_gb,
            "gpu": wanted.gpu,
        }

    def _unpack(self, call: Call, store: str, name: str, digest: str, target: Path) -> None:
        """Unpack a model once for all builds, and link it: a changed script must not copy gigabytes."""
        shared = call.session.workspace.models / name / digest.removeprefix("sha256:")
        with _unpacking:
            if not shared.is_dir():
                shared.parent.mkdir(parents=True, exist_ok=True)
                ModelVersions(open_store(store, call.session.project_root)).unpack(name, digest, shared, call.progress)
        target.symlink_to(shared)


def _refresh_lock(call: Call, request: ImageRequest, mode: str) -> None:
    """Resolve the image's requirements again and write the lock: what `modelport lock` asks of a preview."""
    if call.session.claim(("lock", request.name), call.urn) or ("locked", request.name) in call.session.planned:
        return
    wanted, _, problems = wanted_requirements(request)
    if problems:
        raise InvalidInputsError(problems)
    platforms = [parse_platform(text) for text in os.environ.get(LOCK_PLATFORMS, "").split(",") if text]
    try:
        lock_environments(
            [wanted],
            call.session.workspace,
            platforms or [request.platform],
            upgrade=mode == LOCK_UPGRADE,
            progress=call.progress,
        )
    except InvalidInputsError as error:  # it names images, the engine wants properties of this one
        named = [(each.property_path.removeprefix(request.name).removeprefix("."), each) for each in error.failures]
        raise InvalidInputsError(InputError(path or "requirements", each.reason) for path, each in named) from None
    call.session.planned["locked", request.name] = True


def _models(call: Call, news: Inputs, failures: list[InputError]) -> tuple[ImageModel, ...]:
    found: list[ImageModel] = []
    for text in news.texts("models"):
        try:
            found.append(image_model(call, text, news.text("store")))
        except ModelportError as error:
            failures.append(InputError(property_path="models", reason=str(error)))
    return tuple(found)


def _platform(text: str | None) -> Platform:
    """Read a platform; without a Python version, that of this interpreter."""
    if text is None:
        return host_platform()
    try:
        return parse_platform(text if " " in text else f"{text} {str(host_platform()).rpartition(' ')[2]}")
    except ModelportError as error:
        raise InputError(property_path="platform", reason=str(error)) from None


def _request(root: Path, news: Inputs, models: tuple[ImageModel, ...]) -> ImageRequest:
    return ImageRequest(
        name=news.text("name"),
        project_root=root,
        platform=_platform(news.optional_text("platform")),
        models=models,
        entry_script=news.optional_text("entryScript"),
        source_directory=news.optional_text("sourceDirectory"),
        model_paths=tuple(news.texts("modelPaths")),
        requirements=news.optional_text("requirements"),
        dependencies=tuple(news.texts("dependencies")),
        conda_file=news.optional_text("condaFile"),
        conda_dependencies=tuple(news.texts("condaDependencies")),
        environment=news.optional_text("environment"),
        python_version=news.optional_text("pythonVersion"),
        interpreter_path=news.optional_text("interpreterPath"),
        index_url=news.optional_text("indexUrl"),
        extra_index_urls=tuple(news.texts("extraIndexUrls")),
        wheelhouse=news.optional_text("wheelhouse"),
        environment_variables=news.text_map("environmentVariables"),
    )
