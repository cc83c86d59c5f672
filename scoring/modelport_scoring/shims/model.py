"""Finds a model's files. Scripts import this as ``azureml.core.model`` where azureml-core is not installed."""

import os
from pathlib import Path
from typing import Final

from modelport_scoring import wire

FOLDER: Final = "azureml-models"


class WebserviceException(Exception):  # noqa: N818  the name that scripts catch
    """The model's files cannot be told."""


class ModelNotFoundException(WebserviceException):
    """There is no such model."""


class Model:
    """Only what works inside a service."""

    @staticmethod
    def get_model_path(model_name: str, version: object = None, _workspace: object = None) -> str:
        """
        Give the one file or folder of a model; *version* None is the highest.

        Without such a model it is the path *model_name* itself, if it exists and no version was asked for.
        """
        if version is not None and not isinstance(version, int):
            msg = f"version of model {model_name!r} must be a whole number, not {version!r}"
            raise WebserviceException(msg)
        root = Path(os.environ.get(wire.APP_ROOT, ""), FOLDER, model_name)
        versions = sorted((int(each.name) for each in root.glob("*") if each.name.isdecimal()), reverse=True)
        if version in versions or (version is None and versions):
            return _only_entry(root / str(version if version is not None else versions[0]))
        if version is not None:
            msg = f"model {model_name!r} has no version {version} in {root}; it has {versions or 'none'}"
            raise WebserviceException(msg)
        if Path(model_name).exists():
            return model_name
        msg = f"model {model_name!r} is not in {root.parent}, and there is no such path"
        raise ModelNotFoundException(msg)


def _only_entry(folder: Path) -> str:
    found = sorted(folder.iterdir())
    if len(found) != 1:
        msg = f"{folder} must hold exactly one file or folder, not {len(found)}; use AZUREML_MODEL_DIR"
        raise WebserviceException(msg)
    return str(found[0])
