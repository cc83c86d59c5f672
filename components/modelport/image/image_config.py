"""
An image's configuration and manifest, as bytes. Source: OCI image specification 1.1.

No time but 0, no name of a machine or user: equal inputs give equal digests everywhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from modelport_scoring import wire

from modelport.image.base import LockedBase
from modelport.image.base_marks import LICENCE_LABEL, base_licence
from modelport.image.layers import KIND_ANNOTATION, Layer
from modelport.image.own_layers import ModelLayer
from modelport.image.places import APP, ENVIRONMENT, PYTHON, RUNTIME, VERSIONS
from modelport.store.descriptor import MANIFEST_TYPE, Descriptor, canonical_json
from modelport.store.reference import LAYOUT

CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
CONTENT_KEY_LABEL: Final = "vnd.modelport.content-key"
MODELS_LABEL: Final = "vnd.modelport.models"
ACCELERATOR_LABEL: Final = "vnd.modelport.accelerator"
USER: Final = "10001:10001"
"""No user of the base's list: nothing in an image belongs to it, and it may write nowhere but in temporary folders."""
_EPOCH: Final = "1970-01-01T00:00:00Z"
ENTRYPOINT: Final = (PYTHON, "-P", "-u", "-m", "modelport_scoring.supervisor", "--image")
_OF_THE_BASE: Final = "org.opencontainers.image."
"""Labels with this beginning describe the base, not what stands on it."""


@dataclass(frozen=True)
class ImageFacts:
    """What an image says of itself, apart from its layers."""

    name: str
    content_key: str
    entry_script: str | None
    environment_variables: Mapping[str, str]
    models: tuple[ModelLayer, ...]
    accelerator: str | None = None
    revision: str | None = None
    """The commit it was made from."""
    dockerfile: str | None = None
    """For builder `docker`: what a daemon runs before our layers are added."""


def image_config(facts: ImageFacts, base: LockedBase, layers: Sequence[Layer]) -> bytes:
    """Write the configuration of *layers* on *base*."""
    system, _, machine = base.platform.partition("/")
    inherited = _variables(base)
    from_base = [_history(f"base {_name_of(base)}") for _ in base.layers]
    document = {
        "architecture": machine,
        "os": system,
        "created": _EPOCH,
        "config": {
            "Env": [f"{name}={value}" for name, value in sorted({**inherited, **own_variables(facts, base)}.items())],
            "Entrypoint": list(ENTRYPOINT),
            "User": USER,
            "WorkingDir": f"/{APP}",
            "ExposedPorts": {f"{wire.PORT}/tcp": {}},
            "StopSignal": "SIGTERM",
            "Labels": _labels(facts, base),
        },
        "rootfs": {"type": "layers", "diff_ids": [*base.diff_ids, *(each.diff_id for each in layers)]},
        "history": [*from_base, *(_history(each.title) for each in layers)],
    }
    return canonical_json(document)


def image_manifest(config: bytes, base: LockedBase, layers: Iterable[Layer]) -> bytes:
    """Write the manifest that names *config*, the layers of *base* and *layers*, in order."""
    own = [replace(each.descriptor, annotations={KIND_ANNOTATION: each.kind}) for each in layers]
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": Descriptor.of(CONFIG_TYPE, config).document(),
            "layers": [each.document() for each in (*base.layers, *own)],
        }
    )


def own_variables(facts: ImageFacts, base: LockedBase) -> dict[str, str]:
    """List the environment variables that the image adds to those of *base*."""
    inherited = _variables(base)
    path = inherited.get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    own = {
        "PATH": f"/{ENVIRONMENT}/bin:{path}",
        "PYTHONPATH": f"/{RUNTIME}",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": inherited.get("LANG", "C.UTF-8"),
        wire.APP_ROOT: f"/{APP}",
        wire.MODEL_DIR: _model_dir(facts.models),
        wire.SERVICE_NAME: facts.name,
    }
    script = {wire.ENTRY_SCRIPT: facts.entry_script} if facts.entry_script is not None else {}
    return {**own, **script, **facts.environment_variables}


def own_labels(facts: ImageFacts, base: LockedBase) -> dict[str, str]:
    """List the labels that the image adds to those of *base*."""
    models = [{"name": each.name, "version": each.version, "digest": each.digest} for each in facts.models]
    own = {
        f"{_OF_THE_BASE}title": facts.name,
        f"{_OF_THE_BASE}revision": facts.revision,
        f"{_OF_THE_BASE}base.name": _name_of(base),
        f"{_OF_THE_BASE}base.digest": base.digest,
        CONTENT_KEY_LABEL: facts.content_key,
        MODELS_LABEL: json.dumps(models, sort_keys=True),
        ACCELERATOR_LABEL: facts.accelerator,
        LICENCE_LABEL: base_licence(base),
    }
    return {name: value for name, value in own.items() if value is not None}


def _name_of(base: LockedBase) -> str:
    """Name the base as every machine would: a layout without the folders above it."""
    folder = base.reference.removeprefix(f"{LAYOUT}:")
    return base.reference if folder == base.reference else f"{LAYOUT}:{folder.rpartition('/')[2]}"


def _variables(base: LockedBase) -> dict[str, str]:
    return dict(each.split("=", maxsplit=1) for each in base.environment if "=" in each)


def _model_dir(models: Sequence[ModelLayer]) -> str:
    """One model: the folder of its files; several: the folder of ``<name>/<version>``. As Azure ML."""
    only = f"/{models[0].name}/{models[0].version}" if len(models) == 1 else ""
    return f"/{VERSIONS}{only}"


def _labels(facts: ImageFacts, base: LockedBase) -> dict[str, str]:
    inherited = {name: value for name, value in base.labels.items() if not name.startswith(_OF_THE_BASE)}
    return {**inherited, **own_labels(facts, base)}


def _history(made_by: str) -> dict[str, str]:
    return {"created": _EPOCH, "created_by": made_by}
