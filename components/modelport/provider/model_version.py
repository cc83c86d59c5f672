"""`ModelVersion`: a model in a store, as the engine sees it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from modelport.errors import CancelledError, InputError, InvalidInputsError, ModelportError
from modelport.image.own_layers import ModelLayer
from modelport.provider.inputs import Inputs
from modelport.provider.models import PlannedModel, remember_model
from modelport.provider.resource import Call, Difference
from modelport.provider.revision import source_revision
from modelport.provider.values import UNKNOWN, Properties
from modelport.registry.content import ModelContent, read_model
from modelport.registry.errors import (
    ModelNameError,
    OverwrittenVersionError,
    RegistrationError,
    UnknownModelError,
)
from modelport.registry.metadata import ModelMetadata, read_metadata
from modelport.registry.pickle_scan import check_trust
from modelport.registry.versions import ModelVersions
from modelport.store.errors import InvalidReferenceError, StoreError

_METADATA = ("tags", "properties", "description", "framework", "frameworkVersion", "resources")
_SAMPLES = ("sampleInput", "sampleOutput")
_READ = ("store", "name", "path", "unpack", "trust", *_METADATA, *_SAMPLES)


@dataclass(frozen=True)
class _Plan:
    """What Check has read: Create and Update need not read it again."""

    versions: ModelVersions
    content: ModelContent
    metadata: ModelMetadata
    version: int


class ModelVersion:
    """Inputs: those of `RegisteredModel` in camelCase. Outputs: also version, digest, modelId and reference."""

    token = "modelport:index:ModelVersion"  # noqa: S105 - a type token

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Read the model's files and metadata, and find the version that a registration would take."""
        news.text("store"), news.text("name"), news.text("path")
        if news.unknown(*_READ):
            return {**news.values, "digest": UNKNOWN}
        plan = self._plan(call, news)
        return {**news.values, "digest": plan.content.digest}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:
        """Compare content and metadata; a version that the store has lost is a change too."""
        replaces = tuple(name for name in ("store", "name") if olds.values.get(name) != news.values.get(name))
        changed = [name for name in ("digest", *_METADATA) if olds.values.get(name) != news.values.get(name)]
        if not changed and not replaces and self._planned(call, news).version != outputs.values.get("version"):
            changed = ["version"]
            self._warn_of_overwriting(call, outputs)
        if not changed and not replaces and self._damaged(call, news):
            changed = ["reference"]
        return Difference((*changed, *replaces), replaces)

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Foretell the version that a registration would take; another writer may take it first."""
        if isinstance(news.values.get("digest"), str):
            return _outputs(news, self._planned(call, news))
        return {**news.values, **dict.fromkeys(("version", "modelId", "reference", "framework"), UNKNOWN)}

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Register the model."""
        return news.text("name"), self.update(call, news, news)

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Register the model: the version that has these bytes and metadata, or the next."""
        plan = self._planned(call, news)
        registered = plan.versions.register(
            plan.content,
            plan.metadata,
            created=datetime.now(UTC),
            source_revision=source_revision(call.session.project_root),
            progress=call.progress,
        )
        if not plan.versions.locks_versions and call.session.claim(("unlocked", plan.versions.place), call.urn) is None:
            call.log("info", f"store {plan.versions.place} cannot lock versions: see that nobody overwrites their tags")
        plan = replace(plan, version=registered.version)
        remember_model(call, news.text("store"), _facts(plan))  # another writer may have taken the planned version
        return _outputs(news, plan)

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:  # noqa: ARG002
        """Gone when the store no longer has the version."""
        versions = call.session.models_of(outputs.text("store"))
        try:
            found = versions.get(outputs.text("name"), outputs.whole("version", 0))
        except UnknownModelError:
            return None
        if found.digest == outputs.values.get("digest"):
            return {**outputs.values}
        self._warn_of_overwriting(call, outputs)
        return None

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Forget, never erase: `modelport models rm` erases."""

    def _warn_of_overwriting(self, call: Call, outputs: Inputs) -> None:
        """Say so when the recorded version now has other bytes, which only a registry's tags allow."""
        versions = call.session.models_of(outputs.text("store"))
        name, number, digest = outputs.text("name"), outputs.whole("version", 0), outputs.values.get("digest")
        if number not in versions.numbers(name):
            return
        found = versions.get(name, number).digest
        if found != digest:
            call.warn(f"model {name}:{number} was overwritten in store {versions.place}: it was {digest}, now {found}")

    def _planned(self, call: Call, news: Inputs) -> _Plan:
        planned = call.session.planned.get(("registration", call.urn))
        if isinstance(planned, _Plan) and planned.content.digest == news.values.get("digest"):
            return planned
        return self._plan(call, news)

    def _plan(self, call: Call, news: Inputs) -> _Plan:
        root = call.session.project_root
        failures: list[InputError] = []
        try:
            metadata = read_metadata(news.values, base=root)
        except InvalidInputsError as error:
            failures += error.failures
        try:
            versions = call.session.models_of(news.text("store"))
            unpack = news.flag("unpack", default=False)
            content = read_model(
                news.text("name"), Path(news.text("path")), base=root, unpack=unpack, progress=call.progress
            )
            check_trust(content.name, content.scans, trust=news.flag("trust", default=False))
        except CancelledError:
            raise
        except InvalidReferenceError as error:
            failures.append(InputError(property_path="store", reason=str(error)))
        except ModelNameError as error:
            failures.append(InputError(property_path="name", reason=str(error)))
        except ModelportError as error:
            failures.append(InputError(property_path="path", reason=str(error)))
        if failures:
            raise InvalidInputsError(failures)
        plan = _Plan(versions, content, metadata, _version(versions, content, metadata))
        call.session.planned["registration", call.urn] = plan
        remember_model(call, news.text("store"), _facts(plan))
        return plan

    def _damaged(self, call: Call, news: Inputs) -> bool:
        plan = self._planned(call, news)
        return not plan.versions.has_content(plan.content)


def _version(versions: ModelVersions, content: ModelContent, metadata: ModelMetadata) -> int:
    try:
        return versions.planned(content, metadata)
    except RegistrationError as error:
        raise InputError(property_path="properties", reason=str(error)) from None
    except InvalidReferenceError as error:  # a registry cannot have a repository of this name
        raise InputError(property_path="name", reason=str(error)) from None
    except (StoreError, OverwrittenVersionError) as error:
        raise InputError(property_path="store", reason=str(error)) from None


def _facts(plan: _Plan) -> PlannedModel:
    framework = plan.metadata.framework or plan.content.framework
    own = framework == plan.content.framework
    framework_version = plan.metadata.framework_version or (plan.content.framework_version if own else None)
    return PlannedModel(
        plan.content.name,
        plan.content.digest,
        framework.value,
        framework_version,
        plan.metadata.resources,
        ModelLayer(plan.content.name, plan.content.digest, plan.version, plan.content.layer, plan.content.layer_chunks),
    )


def _outputs(news: Inputs, plan: _Plan) -> Properties:
    name, digest = news.text("name"), cast("str", news.values["digest"])
    return {
        **news.values,
        "framework": (plan.metadata.framework or plan.content.framework).value,
        "version": plan.version,
        "modelId": f"{name}:{plan.version}",
        "reference": f"{news.text('store')}/models/{name}@{digest}",
    }
