import json
from pathlib import Path
from typing import Any

import pytest
from modelport.cli.pending import clear_own_creates, is_own_create, pending_operations
from modelport.errors import ModelportError


def operation(type_: str, kind: str = "creating") -> dict[str, Any]:
    urn = f"urn:pulumi:dev::sample::{type_}::x"
    return {"type": kind, "resource": {"urn": urn, "type": type_, "custom": True}}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Write a state with unfinished operations of several kinds."""
    operations = [
        operation("modelport:index:LocalProcess"),
        operation("azure-native:containerinstance:ContainerGroup"),
        operation("modelport:index:ServiceKey", "updating"),
        operation("modelport:index:ModelVersion"),
    ]
    latest = {"resources": [{"urn": "u", "outputs": {"ä": 1.5}}], "pending_operations": operations}
    file = tmp_path / "dev.json"
    file.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": latest}}))
    return file


def test_only_creates_of_our_own_types_are_cleared(state: Path) -> None:
    """
    Ours are tried again safely; of others nothing is known, so they stay.
    """
    before = json.loads(state.read_text())

    clear_own_creates(state)

    after = json.loads(state.read_text())
    kept = [(entry["type"], entry["resource"]["type"]) for entry in pending_operations(state)]
    foreign = ("creating", "azure-native:containerinstance:ContainerGroup")
    assert [foreign, ("updating", "modelport:index:ServiceKey")] == kept
    del before["checkpoint"]["latest"]["pending_operations"], after["checkpoint"]["latest"]["pending_operations"]
    assert before == after


def test_a_type_that_only_begins_alike_is_not_ours() -> None:
    """
    `modelport:indexing:X` is another package module.
    """
    assert [True, False] == [is_own_create(operation(f"modelport:{name}:X")) for name in ("index", "indexing")]


@pytest.mark.parametrize("checkpoint", [{}, {"latest": None}, {"latest": {}}, {"latest": {"pending_operations": None}}])
def test_a_state_without_operations_has_none(tmp_path: Path, checkpoint: dict[str, Any]) -> None:
    """
    An empty stack, and one that ended in order.
    """
    file = tmp_path / "dev.json"
    file.write_text(json.dumps({"checkpoint": checkpoint}))

    assert [] == pending_operations(file)


def test_no_state_has_no_operations(tmp_path: Path) -> None:
    """
    Before the first `up` there is no state.
    """
    assert [] == pending_operations(tmp_path / "dev.json")


@pytest.mark.parametrize("content", ["", "{", "{}", "[]"])
def test_a_state_that_cannot_be_read_is_named_with_its_copy(tmp_path: Path, content: str) -> None:
    """
    The engine keeps the copy before the last write.
    """
    file = tmp_path / "dev.json"
    file.write_text(content)

    with pytest.raises(ModelportError, match=rf"the state {file} cannot be read .*{file}\.bak"):
        pending_operations(file)
