"""The supervisor's spec."""

import json
from pathlib import Path

import pytest
from modelport_scoring.supervisor.spec import SpecError, read_spec

GOOD = {
    "generation": 3,
    "service": "tested",
    "address": "127.0.0.1",
    "port": 8890,
    "workers": 2,
    "command": ["/usr/bin/python3"],
    "environment": {"A": "b"},
    "directory": "/srv",
    "ready_timeout_s": 60,
    "drain_timeout_s": 30.5,
    "idle_grace_s": 0,
}


def test_a_spec_is_read_whole(tmp_path: Path) -> None:
    """
    A document with every field is a spec; the log may be left out.
    """
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(GOOD))
    spec = read_spec(path)

    assert (3, ("/usr/bin/python3",), None) == (spec.generation, spec.command, spec.log)


def test_every_wrong_field_is_named(tmp_path: Path) -> None:
    """
    All mistakes are told at once, with the generation that was asked for.
    """
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(GOOD | {"port": 0, "workers": True, "command": []}))
    with pytest.raises(SpecError, match=r"port must be .*not 0; workers must be .*not True; command must be") as raised:
        read_spec(path)

    assert 3 == raised.value.generation


@pytest.mark.parametrize("text", ["", "[]", "null"])
def test_no_object_is_no_spec(tmp_path: Path, text: str) -> None:
    """
    A file that is no JSON object is refused, as is a missing one.
    """
    path = tmp_path / "spec.json"
    path.write_text(text)

    with pytest.raises(SpecError):
        read_spec(path)
    with pytest.raises(SpecError):
        read_spec(tmp_path / "gone.json")
