"""The package schema: what other languages generate their SDKs from."""

import json
from typing import Final

_TEXT: Final = {"type": "string"}
_WHOLE: Final = {"type": "integer"}
_NUMBER: Final = {"type": "number"}
_FLAG: Final = {"type": "boolean"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_TEXT_MAP: Final = {"type": "object", "additionalProperties": _TEXT}
_SECRET: Final = {"type": "string", "secret": True}

_RESOURCES: Final[dict[str, dict[str, object]]] = {
    "ModelVersion": {
        "description": "A model in a store: new bytes or metadata add a version; destroy forgets, never erases.",
        "inputs": {
            "store": _TEXT,
            "name": _TEXT,
            "path": _TEXT,
            "unpack": _FLAG,
            "tags": _TEXT_MAP,
            "properties": _TEXT_MAP,
            "description": _TEXT,
            "framework": _TEXT,
            "frameworkVersion": _TEXT,
            "resources": {"type": "object", "additionalProperties": _NUMBER},
            "sampleInput": _TEXT,
            "sampleOutput": _TEXT,
        },
        "required": ["store", "name", "path"],
        "outputs": {"version": _WHOLE, "digest": _TEXT, "modelId": _TEXT, "reference": _TEXT},
    },
    "ImageBuild": {
        "description": "A scoring image: files for a process on this machine, layers in a store, or a build context.",
        "inputs": {
            "store": _TEXT,
            "name": _TEXT,
            "models": _TEXTS,
            "modelPaths": _TEXTS,
            "entryScript": _TEXT,
            "sourceDirectory": _TEXT,
            "requirements": _TEXT,
            "dependencies": _TEXTS,
            "wheelhouse": _TEXT,
            "condaFile": _TEXT,
            "condaDependencies": _TEXTS,
            "environment": _TEXT,
            "pythonVersion": _TEXT,
            "interpreterPath": _TEXT,
            "indexUrl": _TEXT,
            "extraIndexUrls": _TEXTS,
            "environmentVariables": _TEXT_MAP,
            "platform": _TEXT,
            "builder": _TEXT,
            "base": _TEXT,
            "dockerfile": _TEXT,
            "accelerator": _TEXT,
            "repository": _TEXT,
            "tag": _TEXT,
            "sizeLimitMb": _NUMBER,
            "pullHost": _TEXT,
            "prebuiltReference": _TEXT,
        },
        "required": ["store", "name", "models"],
        "outputs": {
            "contentKey": _TEXT,
            "environmentKey": _TEXT,
            "reference": _TEXT,
            "digest": _TEXT,
            "imageId": _TEXT,
            "size": _WHOLE,
            "pullReference": _TEXT,
            "path": _TEXT,
            "modelIds": _TEXTS,
        },
    },
    "LocalProcess": {
        "description": "A supervised scoring process on this machine.",
        "inputs": {
            "service": _TEXT,
            "image": _TEXT,
            "models": _TEXTS,
            "address": _TEXT,
            "port": _WHOLE,
            "workers": _WHOLE,
            "readyTimeoutS": _NUMBER,
            "drainTimeoutS": _NUMBER,
            "logMaxMb": _WHOLE,
            "logBackups": _WHOLE,
            "primaryKeyDigest": _SECRET,
            "secondaryKeyDigest": _SECRET,
        },
        "required": ["service", "image", "models"],
        "outputs": {"scoringUrl": _TEXT, "swaggerUrl": _TEXT, "healthUrl": _TEXT, "state": _TEXT},
    },
    "LoadedImage": {
        "description": "A scoring image in a Docker daemon.",
        "inputs": {"image": _TEXT, "dockerHost": _TEXT, "dockerCertPath": _TEXT, "deleteImage": _FLAG},
        "required": ["image", "dockerHost"],
        "outputs": {"imageId": _TEXT},
    },
    "ServiceKey": {
        "description": "One key of a service; a changed generation replaces it, and only it.",
        "inputs": {"service": _TEXT, "slot": _TEXT, "generation": _WHOLE, "value": _SECRET},
        "required": ["service", "slot"],
        "outputs": {"value": _SECRET},
    },
}


def package_schema(version: str) -> str:
    """Write the schema of this package as JSON."""
    resources = {f"modelport:index:{name}": _resource(description) for name, description in _RESOURCES.items()}
    return json.dumps({"name": "modelport", "version": version, "resources": resources})


def _resource(described: dict[str, object]) -> dict[str, object]:
    inputs, outputs = described["inputs"], described["outputs"]
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        raise TypeError
    return {
        "description": described["description"],
        "inputProperties": inputs,
        "requiredInputs": described["required"],
        "properties": {**inputs, **outputs},
        "required": list(outputs),
    }
