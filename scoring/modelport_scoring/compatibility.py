"""Import names that entry scripts use, mapped to what they mean here. Nothing is imported before a script asks."""

import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

_RAW: Final = "modelport_scoring.raw"
_DECLARED: Final = "modelport_scoring.declared"
_MODEL: Final = "modelport_scoring.shims.model"

ALIASES: Final = {
    # scikit-learn carried joblib until 0.23; pickles made with it name its modules as well.
    "sklearn.externals.joblib": "joblib",
    "azureml.contrib.services.aml_request": f"{_RAW}.aml_request",
    "azureml.contrib.services.aml_response": f"{_RAW}.aml_response",
    "azureml_inference_server_http.api.aml_request": f"{_RAW}.aml_request",
    "azureml_inference_server_http.api.aml_response": f"{_RAW}.aml_response",
}
"""Old names that mean another module, whatever is installed."""
FALLBACKS: Final = {
    "azureml.core.model": _MODEL,
    "azureml.exceptions": _MODEL,
    "inference_schema.schema_decorators": f"{_DECLARED}.decorators",
    "inference_schema.schema_util": f"{_DECLARED}.decorators",
    "inference_schema.parameter_types.abstract_parameter_type": f"{_DECLARED}.parameter_type",
    "inference_schema.parameter_types.standard_py_parameter_type": f"{_DECLARED}.standard",
    "inference_schema.parameter_types.numpy_parameter_type": f"{_DECLARED}.arrays",
    "inference_schema.parameter_types.pandas_parameter_type": f"{_DECLARED}.frames",
}
"""Names that mean another module where no package brings them."""
PACKAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "azureml": {},
    "azureml.core": {"Model": _MODEL},
    "azureml.contrib": {},
    "azureml.contrib.services": {"rawhttp": f"{_RAW}.aml_request"},
    "azureml_inference_server_http": {},
    "azureml_inference_server_http.api": {},
    "inference_schema": {},
    "inference_schema.parameter_types": {},
}
"""What stands above those names, with attributes and the modules that have them."""


class _AliasLoader(Loader):
    """Hands out the module that another name means."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        del spec  # the module exists under another name already
        module = importlib.import_module(self._target)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has put the alias's there


class _PackageLoader(Loader):
    """Makes a package of *attributes* only."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._attributes = attributes

    def exec_module(self, module: ModuleType) -> None:
        for name, source in self._attributes.items():
            setattr(module, name, getattr(importlib.import_module(source), name))


class _AliasFinder(MetaPathFinder):
    """Finds *names* and the modules below them."""

    def __init__(self, names: Mapping[str, str], packages: Mapping[str, Mapping[str, str]]) -> None:
        self._names = names
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        for old, new in self._names.items():
            if fullname == old or fullname.startswith(f"{old}."):
                return importlib.util.spec_from_loader(fullname, _AliasLoader(new + fullname[len(old) :]))
        if fullname in self._packages:
            return importlib.util.spec_from_loader(fullname, _PackageLoader(self._packages[fullname]), is_package=True)
        return None


def install() -> None:
    """Make the names importable in this process."""
    if not any(isinstance(finder, _AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AliasFinder(ALIASES, {}))
        sys.meta_path.append(_AliasFinder(FALLBACKS, PACKAGES))
