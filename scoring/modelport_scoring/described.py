"""The documents that a service answers with: made from its schema, or the user's own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modelport_scoring.answer import SUCCEEDED, Answer, json_answer
from modelport_scoring.errors import StartError, SwaggerVersionError
from modelport_scoring.schema import VERSIONS, documents
from modelport_scoring.scorer import Schema

OWN_FILES: Final = {"2": ("swagger.json", "swagger2.json"), "3": ("swagger3.json",), "3.1": ("swagger3.1.json",)}
"""Files in the app root that take the place of a document, the first that exists."""


class Described:
    """Documents by version, written once. Those in *folder* win; paths that are *renamed* get their new names."""

    def __init__(
        self,
        schema: Schema,
        folder: Path | None,
        *,
        name: str,
        version: str,
        prefix: str,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        made = documents(schema, name=name, version=version, prefix=prefix)
        for document in made.values():
            document["paths"] = {(renamed or {}).get(path, path): item for path, item in document["paths"].items()}
        own = {} if folder is None else _own(folder)
        self._answers = {each: json_answer((made | own)[each], SUCCEEDED) for each in VERSIONS if each in made | own}

    def answer(self, version: str) -> Answer:
        """Give the document of a *version* as the query names it. Raises `SwaggerVersionError`."""
        asked = (version or "2").removesuffix(".0")
        if asked not in VERSIONS:
            raise SwaggerVersionError(version, VERSIONS, is_known=False)
        if asked not in self._answers:
            raise SwaggerVersionError(asked, self._answers, is_known=True)
        return self._answers[asked]


def _own(folder: Path) -> dict[str, object]:
    found = {}
    for version, names in OWN_FILES.items():
        path = next((folder / name for name in names if (folder / name).is_file()), None)
        if path is not None:
            try:
                found[version] = json.loads(path.read_bytes())
            except ValueError as error:
                msg = f"{path} is not JSON ({error}); mend it, or remove it to have the document made"
                raise StartError(msg) from error
    return found
