"""
JSON Schema of a stack file, from the settings themselves, so that an editor completes and checks what is typed.

``python -m stack.schema`` writes `stack/schema.json`.
"""

import json
from pathlib import Path
from typing import Any

from modelport.naming import SERVICE_NAME, SERVICE_NAME_LENGTHS
from pydantic.json_schema import JsonSchemaValue

from stack.errors import NAMESPACE
from stack.settings import StackSettings

SCHEMA_FILE = Path(__file__).with_name("schema.json")
DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that the editors' YAML server knows best."""


def stack_file_schema() -> JsonSchemaValue:
    """Describe a whole `Pulumi.<stack>.yaml`; keys of other projects and providers are let through."""
    settings = _without_noise(StackSettings.model_json_schema())
    fields = settings["properties"]
    fields["services"]["propertyNames"] = {
        "pattern": f"^{SERVICE_NAME.pattern}$",
        "minLength": SERVICE_NAME_LENGTHS.start,
        "maxLength": SERVICE_NAME_LENGTHS.stop - 1,
    }
    config = {
        "type": "object",
        "description": "Configuration of the stack, by key.",
        "properties": {f"{NAMESPACE}:{name}": field for name, field in fields.items()},
        "patternProperties": {f"^{NAMESPACE}:(?!({'|'.join(fields)})$)": False},
    }
    return {
        "$schema": DIALECT,
        "title": "Modelport stack file",
        "type": "object",
        "properties": {"config": config},
        "$defs": settings["$defs"],
    }


def schema_text() -> str:
    """Return `stack_file_schema` as it stands in the file."""
    return json.dumps(stack_file_schema(), indent=2) + "\n"


def _without_noise(schema: Any) -> Any:  # noqa: ANN401 - any JSON value in, its like out
    """Drop titles, which only repeat the keys, and the default ``null``, which only says "left out"."""
    if isinstance(schema, list):
        return [_without_noise(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    noise = {"title"} if isinstance(schema.get("title"), str) else set()
    if "default" in schema and schema["default"] is None:
        noise.add("default")
    return {key: _without_noise(part) for key, part in schema.items() if key not in noise}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
