"""From settings to components: one store, one model per name, one image and one target per service."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pulumi
from modelport.image.builders import OCI, PREBUILT

from stack.errors import SERVICES, path_text
from stack.inference import EnvironmentSettings
from stack.inference_args import inference_args, inference_findings
from stack.model import ModelSettings
from stack.registry import RegistrySettings
from stack.service import ServiceSettings
from stack.settings import StackSettings

if TYPE_CHECKING:
    from pydantic import SecretStr

DEFAULT_BUILDERS: Final = {"process": None, "container": OCI}
"""How an image is made for each mode of a local target; ``None``: as the component does when it is not told."""

Values = dict[str, Any]
"""Arguments of a component: only the keys that are set, so no type checker can follow them."""


@dataclass(frozen=True)
class PlacedModel:
    """A model as images and services name it."""

    reference: pulumi.Input[str]
    model_id: pulumi.Input[str]


def place(settings: StackSettings) -> tuple[dict[str, Values], dict[str, pulumi.Output[Any]]]:
    """Declare everything in *settings*; return the outputs `endpoints` and (secret) `keys`, both by service."""
    from modelport.registry import ModelRegistry  # noqa: PLC0415 - components load only when something is placed

    where: Any = registry_args(settings.registry)
    registry = ModelRegistry("models", where)
    pulled_from = {"pull_host": where["pull_host"]} if "pull_host" in where else {}
    models = _place_models(registry.store, settings)
    endpoints: dict[str, Values] = {}
    keys: dict[str, pulumi.Output[Any]] = {}
    for name, service in settings.services.items():
        args = {"store": registry.store, **pulled_from, **image_args(service, settings.environments)}
        endpoints[name], keys[name] = _place_service(name, service, args, models)
        _tell_findings(name, service, settings.environments)
    return endpoints, keys


def registry_args(registry: RegistrySettings) -> Values:
    """Return the arguments of `ModelRegistry`."""
    if registry.existing is not None:
        return _given(registry.existing.model_dump())
    return {"path": registry.create.path} if registry.create is not None else {}


def model_args(model: ModelSettings) -> Values:
    """Return the arguments of `RegisteredModel`, less the store."""
    resources = _given(model.resources.model_dump()) if model.resources else None
    return _given({**model.model_dump(exclude={"name", "reference", "resources"}), "resources": resources})


def image_args(service: ServiceSettings, declared: Mapping[str, EnvironmentSettings] = MappingProxyType({})) -> Values:
    """Return the arguments of `ScoringImage`, less the store and the references; *declared* environments by name."""
    inference = inference_args(service.inference, declared) if service.inference else {}
    paths = [model.path for model in service.models if model.path is not None]
    image = _given(service.image.model_dump(exclude={"name", "reference"}))
    taken = service.image.reference
    built = {"builder": PREBUILT if taken else DEFAULT_BUILDERS[service.target.mode], **image}
    named = {"repository": service.image.name, "prebuilt_reference": taken}
    return _given({**inference, **built, **named, "model_paths": paths})


def local_args(service: ServiceSettings) -> Values:
    """Return the arguments of `LocalService`, less image and models; keys of the user's own become secret here."""
    target = service.target
    values = target.model_dump(exclude={"kind", "log", "on_destroy", "mode"})
    contained = {"mode": target.mode, **target.on_destroy.model_dump()} if target.mode == "container" else {}
    log = {"log_max_mb": target.log.max_mb, "log_backups": target.log.backups}
    keys = {
        "primary_key": _secret(service.keys.primary),
        "secondary_key": _secret(service.keys.secondary),
        "primary_generation": service.keys.primary_generation,
        "secondary_generation": service.keys.secondary_generation,
    }
    return _given({**values, **contained, **log, **keys, "auth_enabled": service.auth_enabled})


def _place_models(store: pulumi.Input[str], settings: StackSettings) -> dict[str, PlacedModel]:
    """Register every model once, however many services name it."""
    placed: dict[str, PlacedModel] = {}
    for service in settings.services.values():
        for model in service.models:
            if model.name not in placed:
                placed[model.name] = _place_model(store, model)
    return placed


def _place_model(store: pulumi.Input[str], model: ModelSettings) -> PlacedModel:
    from modelport.registry import RegisteredModel  # noqa: PLC0415 - as in `place`

    if model.reference is not None:
        return PlacedModel(model.reference, model.reference.rpartition("/")[2])
    args: Any = {"store": store, **model_args(model)}
    registered = RegisteredModel(model.name, args)
    return PlacedModel(registered.reference, registered.model_id)


def _place_service(
    name: str, service: ServiceSettings, args: Values, models: Mapping[str, PlacedModel]
) -> tuple[Values, pulumi.Output[Any]]:
    from modelport.image import ScoringImage  # noqa: PLC0415 - as in `place`
    from modelport.local import LocalService  # noqa: PLC0415 - a target's packages load only with its services

    served = [models[model.name] for model in service.models]
    build: Any = {"models": [model.reference for model in served], **args}
    image = ScoringImage(name, build)
    model_ids: Any = [model.model_id for model in served] if served else image.model_ids
    run: Any = {"image": image.reference, "models": model_ids, **local_args(service)}
    local = LocalService(name, run)
    endpoint = {
        "scoring_url": local.scoring_url,
        "swagger_url": local.swagger_url,
        "health_url": local.health_url,
        "image": image.reference,
        "models": model_ids,
        "target": service.target.kind,
        **_container(service, local.container),
    }
    return endpoint, local.keys


def _tell_findings(name: str, service: ServiceSettings, declared: Mapping[str, EnvironmentSettings]) -> None:
    for text in inference_findings(service.inference, declared) if service.inference else ():
        pulumi.log.warn(f"{path_text((SERVICES, name, 'inference'))}: {text}")


def _container(service: ServiceSettings, name: pulumi.Input[str] | None) -> Values:
    """Name the container and its daemon for `modelport logs`."""
    if service.target.mode == "process":
        return {}
    return _given({"container": name, **service.target.model_dump(include={"docker_host", "docker_cert_path"})})


def _secret(value: "SecretStr | None") -> pulumi.Output[str] | None:
    return None if value is None else pulumi.Output.secret(value.get_secret_value())


def _given(values: Values) -> Values:
    """Leave out what is not set: components tell "not given" from an empty value. Lists are lists to components."""
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
    return {key: value for key, value in plain.items() if value is not None and value not in ({}, [])}
