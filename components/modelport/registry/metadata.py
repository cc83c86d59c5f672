"""What a user says of a model beside its bytes, checked and in one shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from modelport.errors import InputError, InvalidInputsError
from modelport.registry.framework import Framework
from modelport.resources import Resources
from modelport.store.descriptor import Descriptor, Document

SAMPLE_TYPE = "application/octet-stream"
SAMPLE_LIMIT = 1_000_000
"""Bytes of one sample."""
TITLE = "org.opencontainers.image.title"


@dataclass(frozen=True)
class Sample:
    """An example of a request's or an answer's body."""

    name: str
    data: bytes = field(repr=False)

    @property
    def descriptor(self) -> Descriptor:
        """Describe the bytes; the file's name goes with them."""
        plain = Descriptor.of(SAMPLE_TYPE, self.data)
        return Descriptor(plain.media_type, plain.digest, plain.size, {TITLE: self.name})


@dataclass(frozen=True)
class ModelMetadata:
    """What the user gave; ``None`` and empty mean that nothing was given."""

    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    framework: Framework | None = None
    framework_version: str | None = None
    resources: Resources = field(default_factory=Resources)
    sample_input: Sample | None = None
    sample_output: Sample | None = None
    trust: bool = False
    """Take pickles as they are. No part of the document: it says nothing of the model, so it makes no new version."""

    def document(self) -> Document:
        """Write it as JSON values; equal metadata have equal documents, samples count by name and digest."""
        return {
            "tags": dict(self.tags),
            "properties": dict(self.properties),
            "description": self.description,
            "framework": self.framework.value if self.framework else None,
            "framework_version": self.framework_version,
            "resources": {
                "cpu": self.resources.cpu,
                "memory_gb": self.resources.memory_gb,
                "gpu": self.resources.gpu,
            },
            "samples": {role: sample.descriptor.document() for role, sample in self.samples().items()},
        }

    def samples(self) -> dict[str, Sample]:
        """Give the samples by role."""
        both = {"input": self.sample_input, "output": self.sample_output}
        return {role: sample for role, sample in both.items() if sample is not None}


def read_metadata(inputs: Mapping[str, Any], *, base: Path) -> ModelMetadata:
    """
    Read the metadata among a resource's *inputs* (camelCase, as the engine hands them over).

    Sample paths are relative to *base*. Other keys are left alone. Raises `InvalidInputsError` with every failure.
    """
    reader = _Reader(inputs, base)
    metadata = ModelMetadata(
        tags=reader.texts("tags"),
        properties=reader.texts("properties"),
        description=reader.text("description"),
        framework=reader.framework(),
        framework_version=reader.text("frameworkVersion"),
        resources=reader.resources(),
        sample_input=reader.sample("sampleInput"),
        sample_output=reader.sample("sampleOutput"),
        trust=reader.flag("trust"),
    )
    if metadata.framework_version is not None and inputs.get("framework") is None:
        reader.fail("frameworkVersion", f"{metadata.framework_version!r} needs `framework` beside it")
    if reader.failures:
        raise InvalidInputsError(reader.failures)
    return metadata


class _Reader:
    """Reads inputs one by one and gathers what is wrong with them."""

    def __init__(self, inputs: Mapping[str, Any], base: Path) -> None:
        self._inputs = inputs
        self._base = base
        self.failures: list[InputError] = []

    def fail(self, path: str, reason: str) -> None:
        self.failures.append(InputError(path, reason))

    def text(self, key: str) -> str | None:
        value = self._inputs.get(key)
        if value is None or isinstance(value, str):
            return value
        self.fail(key, f"{value!r} is no text; write it in quotes")
        return None

    def flag(self, key: str) -> bool:
        value = self._inputs.get(key) or False
        if not isinstance(value, bool):
            self.fail(key, f"{value!r} is neither true nor false")
        return value is True

    def texts(self, key: str) -> dict[str, str]:
        value = self._inputs.get(key) or {}
        if not isinstance(value, Mapping):
            self.fail(key, f"{value!r} is no mapping; write it as key: value")
            return {}
        for name, text in value.items():
            if not isinstance(text, str):
                self.fail(f"{key}.{name}", f"{text!r} is no text; write it in quotes")
        return {str(name): text for name, text in sorted(value.items()) if isinstance(text, str)}

    def framework(self) -> Framework | None:
        value = self.text("framework")
        if value is None or value in set(Framework):
            return Framework(value) if value else None
        folded = {name.lower(): name.value for name in Framework}
        close = get_close_matches(value.lower(), folded, n=1)
        hint = f"; did you mean {folded[close[0]]!r}?" if close else ""
        self.fail("framework", f"{value!r} is not one of {', '.join(Framework)}{hint}")
        return None

    def resources(self) -> Resources:
        given = self._inputs.get("resources") or {}
        if not isinstance(given, Mapping):
            self.fail("resources", f"{given!r} is no mapping; write cpu, memoryGb and gpu below it")
            return Resources()
        gpu = self._number(given, "gpu")
        if gpu is not None and gpu != int(gpu):
            self.fail("resources.gpu", f"{gpu} is not whole; a pod gets whole GPUs")
        return Resources(
            cpu=self._number(given, "cpu", above=0),
            memory_gb=self._number(given, "memoryGb", above=0),
            gpu=None if gpu is None else int(gpu),
        )

    def _number(self, given: Mapping[str, Any], key: str, above: float = -1) -> float | None:
        value = given.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"resources.{key}", f"{value!r} is no number")
            return None
        if not above < value < float("inf") or value < 0:
            self.fail(
                f"resources.{key}",
                f"{value} is out of range; it must be {'more than 0' if above == 0 else '0 or more'}",
            )
            return None
        return float(value)

    def sample(self, key: str) -> Sample | None:
        text = self.text(key)
        if text is None:
            return None
        path = self._base / text
        if not path.is_file():
            self.fail(key, f"{text!r} does not exist or is no file (looked at {path})")
            return None
        size = path.stat().st_size
        if not 0 < size <= SAMPLE_LIMIT:
            self.fail(key, f"{text!r} has {size} bytes; a sample has 1 to {SAMPLE_LIMIT}")
            return None
        try:
            return Sample(path.name, path.read_bytes())
        except OSError as error:
            self.fail(key, f"{text!r} cannot be read: {error.strerror}")
            return None
