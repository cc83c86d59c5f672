"""Fixtures of the store's tests."""

from pathlib import Path

import pytest
from modelport.store.layout import LayoutStore


@pytest.fixture
def store(tmp_path: Path) -> LayoutStore:
    """Give a store that nobody has written to."""
    return LayoutStore(tmp_path / "store")
