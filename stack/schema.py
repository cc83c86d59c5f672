"""
JSON Schema of a stack file, from the settings themselves, so that an editor completes and checks what is typed.

``python -m stack.schema`` writes `stack/schema.json`, and `stack/inferenceconfig.json` for Azure ML's own file.
"""

import json
from pathlib import Path
from typing import Any

from modelport.naming import SERVICE_NAME, SERVICE_NAME_LENGTHS
from pydantic.json_schema import JsonSchemaValue

from stack.azure import AzureInference
from stack.errors import NAMESPACE
from stack.inference_file import SCHEMA_KEY
from stack.settings import StackSettings

SCHEMA_FILE = Path(__file__).with_name("schema.json")
INFERENCE_SCHEMA_FILE = Path(__file__).with_name("inferenceconfig.json")
DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that the editors' YAML server knows best."""


def stack_file_schema() -> JsonSchemaValue:
    """Describe a whole `Pulumi.<stack>.yaml`; keys of other projects and providers are let through."""
    settings = _without_noise(StackSettings.model_json_schema(by_alias=False))
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


def inference_file_schema() -> JsonSchemaValue:
    """Describe Azure ML's `inferenceconfig.json`, as far as it is taken."""
    schema = _without_noise(AzureInference.model_json_schema(by_alias=True))
    named = {SCHEMA_KEY: {"type": "string", "description": "Where this schema is."}, **schema["properties"]}
    return {"$schema": DIALECT, **schema, "title": "Inference configuration", "properties": named}


def schema_text(schema: JsonSchemaValue) -> str:
    """Write *schema* as it stands in its file."""
    return json.dumps(schema, indent=2) + "\n"


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
    SCHEMA_FILE.write_text(schema_text(stack_file_schema()), encoding="utf-8")
    INFERENCE_SCHEMA_FILE.write_text(schema_text(inference_file_schema()), encoding="utf-8")
