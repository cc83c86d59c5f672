"""The JSON Schema of stack files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.schema import (
    INFERENCE_SCHEMA_FILE,
    SCHEMA_FILE,
    inference_file_schema,
    schema_text,
    stack_file_schema,
)
from stack.settings import StackSettings

ROOT = Path(__file__).parents[2]


def test_the_committed_schemas_are_current() -> None:
    """
    The committed schemas are what the settings say; `python -m stack.schema` writes them.
    """
    assert schema_text(stack_file_schema()) == SCHEMA_FILE.read_text(encoding="utf-8")
    assert schema_text(inference_file_schema()) == INFERENCE_SCHEMA_FILE.read_text(encoding="utf-8")


def test_every_setting_is_described() -> None:
    """
    An editor has a text to show for every key.
    """
    schema = stack_file_schema()
    blocks = {**schema["$defs"], "config": schema["properties"]["config"]}

    silent = [
        f"{name}.{key}"
        for name, block in blocks.items()
        for key, field in block["properties"].items()
        if not field.get("description")
    ]
    assert [] == silent


def test_only_secrets_may_be_encrypted() -> None:
    """
    The two keys and a registry's password are the only fields whose schema accepts an encrypted value.
    """

    def accepts_encrypted(field: dict[str, Any]) -> bool:
        return '"secure"' in json.dumps(field)

    found = [
        f"{name}.{key}"
        for name, block in stack_file_schema()["$defs"].items()
        for key, field in block["properties"].items()
        if accepts_encrypted(field)
    ]
    assert ["KeysSettings.primary", "KeysSettings.secondary", "RegistryLogin.password"] == found


@pytest.mark.parametrize(
    ("key", "known"),
    [("modelport:services", True), ("modelport:servicess", False), ("modelport:x", False), ("aws:region", True)],
)
def test_unknown_keys_of_ours_are_refused_and_others_let_through(key: str, *, known: bool) -> None:
    """
    The schema refuses unknown keys of ours and lets those of other providers through.
    """
    patterns = stack_file_schema()["properties"]["config"]["patternProperties"]

    refused = any(re.search(pattern, key) for pattern, schema in patterns.items() if schema is False)
    assert known is not refused


def test_stack_files_name_the_schema() -> None:
    """
    Every stack file begins with the line that tells editors where the schema is.
    """
    first_lines = {path.read_text().splitlines()[0] for path in ROOT.glob("Pulumi.*.yaml")}

    assert {"# yaml-language-server: $schema=stack/schema.json"} == first_lines


def test_the_project_file_declares_every_key() -> None:
    """
    Pulumi.yaml gives type and meaning of every configuration key.
    """
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]

    assert list(StackSettings.model_fields) == list(declared)
    assert all(set(key) == {"type", "description", "default"} for key in declared.values())
