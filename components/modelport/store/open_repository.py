"""From a store string to one of its repositories."""

from pathlib import Path

from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.reference import layout_folder, parse_store
from modelport.store.repository import Repository


def open_repository(store: str, name: str, base: Path) -> Repository:
    """
    Open repository *name* (``images/<image>``) of *store*; relative paths start at *base*, the project's folder.

    Nothing is made and nothing is asked of a network yet. Raises `modelport.store.errors.InvalidReferenceError`.
    """
    return LayoutRepository(LayoutStore(layout_folder(parse_store(store), base)), name)
