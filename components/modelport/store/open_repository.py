"""From a store string to one of its repositories."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.reference import LAYOUT, PLAIN_REGISTRY, StoreLocation, layout_folder, parse_store
from modelport.store.registries import Registries
from modelport.store.repository import Repository

if TYPE_CHECKING:
    from modelport.store.registry_client import RegistryClient


def open_repository(store: str, name: str, base: Path, registries: Registries | None = None) -> Repository:
    """
    Open repository *name* (``images/<image>``) of *store*; relative paths start at *base*, the project's folder.

    *registries* keeps connections and logins for a whole run. Nothing is made and nothing is asked of a network yet.
    Raises `modelport.store.errors.InvalidReferenceError`.
    """
    location = parse_store(store)
    if location.scheme == LAYOUT:
        return LayoutRepository(LayoutStore(layout_folder(location, base)), name)
    from modelport.store.registry_repository import RegistryRepository  # noqa: PLC0415 - stores in folders need no HTTP

    return RegistryRepository(registry_of(location, registries or Registries()), location, name)


def registry_of(location: StoreLocation, registries: Registries) -> "RegistryClient":
    """Give the registry that a store lies in."""
    return registries.client(location.host, plain=location.scheme == PLAIN_REGISTRY)
