"""How values are read that only Azure ML's forms have."""

from dataclasses import dataclass

from pydantic.json_schema import JsonSchemaValue

from stack.fields import Rule, broken

CUDA_VERSIONS = ("9.0", "9.1", "10.0")
"""Those of Azure ML's 2019 images."""

_TEXTS: JsonSchemaValue = {"type": "array", "items": {"type": "string", "minLength": 1}}


@dataclass(frozen=True)
class CondaItem(Rule):
    """An entry of conda's `dependencies`."""

    def read(self, value: object) -> object:
        """Take a package, or the mapping of pip's requirements."""
        if isinstance(value, str) and value.strip():
            return value
        pip = value.get("pip") if isinstance(value, dict) and set(value) == {"pip"} else None
        if isinstance(pip, list) and all(isinstance(each, str) and each.strip() for each in pip):
            return value
        msg = "must be a package such as 'numpy=1.26', or {pip: [...]}"
        raise broken(msg)

    def schema(self) -> JsonSchemaValue:
        """Accept both."""
        pip = {"type": "object", "properties": {"pip": _TEXTS}, "required": ["pip"], "additionalProperties": False}
        return {"anyOf": [{"type": "string", "minLength": 1}, pip]}


@dataclass(frozen=True)
class CudaVersion(Rule):
    """A version of CUDA that Azure ML's images of 2019 had; as a number, too, since none of them loses a digit."""

    def read(self, value: object) -> str:
        """Take one of them."""
        if isinstance(value, bool) or str(value) not in CUDA_VERSIONS:
            msg = f"must be one of {', '.join(CUDA_VERSIONS)}; they become image.accelerator: cuda12"
            raise broken(msg)
        return str(value)

    def schema(self) -> JsonSchemaValue:
        """Accept the numbers as well."""
        return {"anyOf": [{"enum": [*CUDA_VERSIONS]}, {"enum": [*map(float, CUDA_VERSIONS)]}]}


@dataclass(frozen=True)
class Runtime(Rule):
    """The kind of image that Azure ML made in 2019."""

    def read(self, value: object) -> str:
        """Take Python; say why Spark is none."""
        if value == "spark-py":
            msg = "Spark is not run in a scoring process: score with pandas, pyarrow or ONNX, and write python"
            raise broken(msg)
        if not isinstance(value, str) or value not in {"python", "python-slim"}:
            msg = "must be 'python'"
            raise broken(msg)
        return value

    def schema(self) -> JsonSchemaValue:
        """Accept the two names of one thing."""
        return {"enum": ["python", "python-slim"]}


@dataclass(frozen=True)
class Empty(Rule):
    """A block that Azure ML writes into every file, and that must hold nothing: *reason* says why."""

    reason: str

    def read(self, value: object) -> None:
        """Take a mapping of empty lists, nothings and switches."""
        if value is None:
            return
        if not isinstance(value, dict) or any(each and each is not True for each in value.values()):
            msg = f"must be empty: {self.reason}"
            raise broken(msg)

    def schema(self) -> JsonSchemaValue:
        """Accept what `read` does."""
        switch: JsonSchemaValue = {"type": "boolean"}
        return {"type": "object", "additionalProperties": {"anyOf": [{**_TEXTS, "maxItems": 0}, switch]}}
