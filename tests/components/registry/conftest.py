"""Fixtures of the registry's tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from modelport.registry.content import read_model
from modelport.registry.layout_versions import LayoutVersions
from modelport.registry.metadata import ModelMetadata
from modelport.registry.version import RegisteredVersion
from modelport.store.layout import LayoutStore

Register = Callable[..., RegisteredVersion]


@pytest.fixture
def versions(tmp_path: Path) -> LayoutVersions:
    """Give the models of a store that nobody has written to."""
    return LayoutVersions(LayoutStore(tmp_path / ".modelport" / "store"))


@pytest.fixture
def register(tmp_path: Path, versions: LayoutVersions) -> Register:
    """Register bytes as the one file of a model."""

    def run(
        data: bytes = b"weights", metadata: ModelMetadata | None = None, name: str = "diabetes"
    ) -> RegisteredVersion:
        (tmp_path / "ridge.bin").write_bytes(data)
        content = read_model(name, Path("ridge.bin"), base=tmp_path)
        return versions.register(content, metadata or ModelMetadata(), created=datetime(2026, 1, 2, tzinfo=UTC))

    return run
