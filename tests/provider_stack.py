"""One service through the provider, step by step as the engine takes them: check, compare, then create or update."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from modelport.keys import key_digest
from modelport.provider.values import Properties, Secret

from tests.provider_process import ProviderProcess, text

STORE = "oci-layout:.modelport/store"
SCRIPT = '''"""Answers with its own version and the model's."""

import os
from pathlib import Path


def init():
    global model
    model = (Path(os.environ["AZUREML_MODEL_DIR"]) / "model.txt").read_text()


def run(data):
    return f"script 1, {model}"
'''


@dataclass
class ProviderStack:
    """The service `echo` of *project*: a script and a model of one line each."""

    project: Path
    provider: ProviderProcess
    port: int | None = None
    workers: int = 1
    ready_timeout_s: int = 20
    generations: dict[str, int] = field(default_factory=lambda: {"primary": 1, "secondary": 1})
    known: dict[tuple[str, str], tuple[Properties, Properties]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    def write(self, *, script: str = SCRIPT, model: str = "model 1") -> None:
        """Write script and model."""
        (self.project / "Pulumi.yaml").write_text("name: project\nruntime: python\n")
        (self.project / "echo").mkdir(exist_ok=True)
        (self.project / "echo/score.py").write_text(script)
        (self.project / "model.txt").write_text(model)

    def up(self) -> Properties:
        """Do what `pulumi up` does; return the outputs of the service."""
        self.changed = []
        model = self.apply("ModelVersion", "echo", {"store": STORE, "name": "echo", "path": "model.txt"})
        image = self.apply(
            "ImageBuild",
            "echo",
            {"store": STORE, "name": "echo", "models": [text(model, "reference")], "entryScript": "echo/score.py"},
        )
        digests: Properties = {}
        for slot, generation in self.generations.items():
            inputs: Properties = {"service": "echo", "slot": slot, "generation": generation}
            key = self.apply("ServiceKey", f"echo-{slot}", inputs)
            digests[f"{slot}KeyDigest"] = Secret(key_digest(text(key, "value")))
        service: Properties = {
            "service": "echo",
            "image": text(image, "reference"),
            "models": [text(model, "modelId")],
            "workers": self.workers,
            "readyTimeoutS": self.ready_timeout_s,
        }
        if self.port is not None:
            service["port"] = self.port
        return self.apply("LocalProcess", "echo", {**service, **digests})

    def down(self) -> None:
        """Destroy the service."""
        _, outputs = self.known.pop(("LocalProcess", "echo"))
        self.provider.delete("LocalProcess", "echo", outputs)

    def apply(self, kind: str, name: str, news: Properties) -> Properties:
        """Bring one resource to its new inputs; note in `changed` when it was not there or not so."""
        before = self.known.get((kind, name))
        checked = self.provider.check(kind, name, news, before[0] if before else None)
        if before is None:
            self.changed.append(kind)
            outputs = self.provider.create(kind, name, checked)
        else:
            outputs = self._updated(kind, name, before, checked)
        self.known[kind, name] = (checked, outputs)
        return outputs

    def key(self, slot: str = "primary") -> str:
        """Give a key in clear."""
        return text(self.known["ServiceKey", f"echo-{slot}"][1], "value")

    @property
    def url(self) -> str:
        """Where the service scores."""
        return text(self.known["LocalProcess", "echo"][1], "scoringUrl")

    @property
    def run_folder(self) -> Path:
        """The service's run folder."""
        [folder] = self.project.glob(".modelport/run/*/echo")
        return folder

    def status(self) -> dict[str, object]:
        """Read what the supervisor says of itself."""
        status: dict[str, object] = json.loads((self.run_folder / "status.json").read_text())
        return status

    def _updated(self, kind: str, name: str, before: tuple[Properties, Properties], checked: Properties) -> Properties:
        difference = self.provider.diff(kind, name, before[0], before[1], checked)
        if not difference.changes:
            return before[1]
        self.changed.append(kind)
        if difference.replaces:
            self.provider.delete(kind, name, before[1])
            return self.provider.create(kind, name, checked)
        return self.provider.update(kind, name, before[1], checked)
