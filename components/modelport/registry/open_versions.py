"""From a store string to the models in it."""

from pathlib import Path

from modelport.registry.layout_versions import LayoutVersions
from modelport.registry.versions import ModelVersions
from modelport.store.layout import LayoutStore
from modelport.store.reference import LAYOUT, layout_folder, parse_store
from modelport.store.registries import Registries


def open_versions(store: str, base: Path, registries: Registries | None = None) -> ModelVersions:
    """
    Open the models of *store*; relative paths start at *base*, the project's folder.

    *registries* keeps connections and logins for a whole run. Nothing is asked of a network yet. Raises
    `modelport.store.errors.InvalidReferenceError`.
    """
    location = parse_store(store)
    if location.scheme == LAYOUT:
        return LayoutVersions(LayoutStore(layout_folder(location, base)))
    from modelport.registry.registry_versions import RegistryVersions  # noqa: PLC0415 - folders need no HTTP

    return RegistryVersions(location, registries or Registries())
