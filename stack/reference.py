"""
The settings as tables for `docs/services.md`, from the JSON Schema that editors use.

``python -m stack.reference`` writes them.
"""

import json
from pathlib import Path
from typing import Final

from pydantic.json_schema import JsonSchemaValue

from stack.schema import stack_file_schema
from tools.marked_block import write_block

PAGE: Final = Path(__file__).parents[1] / "docs" / "services.md"
BLOCK: Final = "settings"
_TITLES: Final = {
    "ServiceSettings": "A service: `modelport:services.<name>`",
    "ModelSettings": "A model: an entry of `models`",
    "ModelResources": "`models[].resources`",
    "InferenceSettings": "`inference`",
    "EnvironmentSettings": "`inference.environment`, `modelport:environments.<name>`",
    "PythonSettings": "`environment.python`",
    "CondaDependencies": "`environment.python.conda_dependencies`",
    "DockerSettings": "`environment.docker`",
    "BaseImageRegistry": "`environment.docker.base_image_registry`",
    "ImageSettings": "`image`",
    "LocalTarget": "`target`",
    "LogSettings": "`target.log`",
    "DestroySettings": "`target.on_destroy`",
    "KeysSettings": "`keys`",
    "RegistrySettings": "`modelport:registry`",
    "LayoutRegistry": "`modelport:registry.create`",
    "ExistingRegistry": "`modelport:registry.existing`",
    "RegistryLogin": "`modelport:registries.<host>`",
}
"""Where each block stands in a stack file, in the order of the page."""


def settings_reference() -> str:
    """Write a table for each block of a stack file, in Markdown."""
    schema = stack_file_schema()
    blocks = schema["$defs"]
    unknown = sorted(set(blocks) ^ set(_TITLES))
    if unknown:
        msg = f"blocks {', '.join(unknown)}: give each its title, or drop the title, in stack/reference.py"
        raise LookupError(msg)
    tables = [_table("Keys of `config`", schema["properties"]["config"])]
    tables += [_table(title, blocks[name]) for name, title in _TITLES.items()]
    return "\n\n".join(tables)


def _table(title: str, block: JsonSchemaValue) -> str:
    required = set(block.get("required", ()))
    rows = [_row(key, field, required=key in required) for key, field in block["properties"].items()]
    head = "| key | value | default | meaning |\n|---|---|---|---|"
    return "\n".join([f"### {title}", "", block["description"], "", head, *rows])


def _row(key: str, field: JsonSchemaValue, *, required: bool) -> str:
    cells = (f"`{key}`", form(field), _default(field, required=required), field["description"])
    return f"| {' | '.join(map(_cell, cells))} |"


def form(field: JsonSchemaValue) -> str:
    """Say in a few words what *field*, a JSON Schema, accepts."""
    options = [option for option in field.get("anyOf", ()) if option.get("type") != "null"]
    if any("secure" in option.get("properties", {}) for option in options):
        return "secret text"
    if "format" in str(options):
        return "IP address"
    if options:
        return form(options[0])  # the others only accept the same in quotes
    if "$ref" in field:
        return f"block {_link(field['$ref'])}"
    if "const" in field or "enum" in field:
        return ", ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    return _plain_form(field)


def _plain_form(field: JsonSchemaValue) -> str:
    kind = field["type"]
    if kind == "array":
        return f"list of {form(field['items'])}"
    if kind == "object":
        return f"mapping of name to {form(field['additionalProperties'])}"
    if kind in {"integer", "number"}:
        return _range("whole number" if kind == "integer" else "number", field)
    if kind == "boolean":
        return "true or false"
    return "http(s) URL" if field.get("pattern", "").startswith("^https?") else "text"


def _range(kind: str, field: JsonSchemaValue) -> str:
    if "exclusiveMinimum" in field:
        return f"{kind} above {field['exclusiveMinimum']}, to {field['maximum']:.0f}"
    return f"{kind}, {field['minimum']} to {field['maximum']:.0f}"


def _link(reference: str) -> str:
    title = _TITLES[reference.rpartition("/")[2]]
    kept = (letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")
    return f"[{title.rpartition(': ')[2]}](#{''.join(kept)})"


def _default(field: JsonSchemaValue, *, required: bool) -> str:
    if required:
        return "**required**"
    value = field.get("default")
    if isinstance(value, bool | int | float | str):
        return f"`{json.dumps(value) if isinstance(value, bool) else value}`"
    return ""  # left out, or a block whose own table has the defaults


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())


if __name__ == "__main__":
    write_block(PAGE, BLOCK, settings_reference())
