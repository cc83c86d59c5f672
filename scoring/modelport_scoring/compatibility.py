"""Old import names that entry scripts use, mapped to what they mean today. Nothing is imported before a script asks."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

ALIASES: Final = {"sklearn.externals.joblib": "joblib"}
"""scikit-learn carried joblib until 0.23; pickles made with it name its modules as well."""


class _AliasLoader(Loader):
    """Hands out the module that an old name means."""

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


class _AliasFinder(MetaPathFinder):
    """Finds old names and the modules below them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        for old, new in ALIASES.items():
            if fullname == old or fullname.startswith(f"{old}."):
                return importlib.util.spec_from_loader(fullname, _AliasLoader(new + fullname[len(old) :]))
        return None


def install() -> None:
    """Make the old names importable in this process."""
    if not any(isinstance(finder, _AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AliasFinder())
