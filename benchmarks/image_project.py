"""The service `diabetes` in a project of its own: what a user changes, and what the provider makes of it."""

import shutil
import subprocess
import sys
from pathlib import Path

from modelport.provider.values import Properties

from benchmarks.clone import ROOT, Stopwatch
from tests.provider_process import ProviderProcess, text

SCRIPT = "examples/diabetes/score.py"
TRAINING = "examples/diabetes/train.py"
MODELS: dict[str, Properties] = {
    "diabetes": {"name": "diabetes", "path": "examples/diabetes/model"},
    "digits": {"name": "digits", "path": "examples/digits/digits.onnx"},
}
IMAGES: dict[str, Properties] = {
    "diabetes": {
        "name": "diabetes",
        "entryScript": SCRIPT,
        "requirements": "examples/diabetes/requirements.txt",
    },
    "digits": {"name": "digits"},
}


class ImageProject:
    """A project with the examples in *root*, and nothing locked or made yet; images are built on *base*, a layout."""

    def __init__(self, root: Path, base: Path, *, store: str, builder: str) -> None:
        self.root = root
        self._given: Properties = {"base": f"oci-layout:{base}", "builder": builder}
        self._store = store
        self._known: dict[tuple[str, str], tuple[Properties, Properties]] = {}
        root.mkdir(parents=True)
        (root / "Pulumi.yaml").write_text("name: project\nruntime: python\n", encoding="utf-8")
        shutil.copytree(ROOT / "examples", root / "examples", ignore=shutil.ignore_patterns("__pycache__"))

    def change_script(self) -> None:
        """Change the script as an editor does."""
        file = self.root / SCRIPT
        file.write_text(file.read_text(encoding="utf-8") + "# Changed.\n", encoding="utf-8")

    def change_model(self) -> None:
        """Train the model anew, with less regularisation."""
        file = self.root / TRAINING
        changed = file.read_text(encoding="utf-8").replace("Ridge(alpha=0.", "Ridge(alpha=0.0")
        file.write_text(changed, encoding="utf-8")
        subprocess.run([sys.executable, TRAINING], cwd=self.root, check=True)

    def apply(self, service: str = "diabetes") -> dict[str, float]:
        """
        Do what `up` does for model and image of *service*, in a provider that starts now.

        Gives the seconds of each part: the provider's start, the model, the image.
        """
        parts = {}
        watch = Stopwatch()
        with ProviderProcess(self.root) as provider:
            parts["start"], watch = watch.seconds, Stopwatch()
            registered = self._resource(provider, "ModelVersion", MODELS[service])
            parts["model"], watch = watch.seconds, Stopwatch()
            models: Properties = {"models": [text(registered, "reference")]}
            self._resource(provider, "ImageBuild", {**IMAGES[service], **self._given, **models})
            parts["image"] = watch.seconds
        return parts

    def output(self, service: str, name: str) -> str:
        """Read an output of the image of *service*."""
        return text(self._known["ImageBuild", service][1], name)

    def _resource(self, provider: ProviderProcess, kind: str, given: Properties) -> Properties:
        """Check, compare, and write what has changed, as the engine does."""
        name = str(given["name"])
        news: Properties = {**given, "store": self._store}
        before = self._known.get((kind, name))
        if before is None:
            checked = provider.check(kind, name, news)
            outputs = provider.create(kind, name, checked)
        else:
            checked = provider.check(kind, name, news, before[0])
            changes = provider.diff(kind, name, *before, checked).changes
            outputs = provider.update(kind, name, before[1], checked) if changes else before[1]
        self._known[kind, name] = (checked, outputs)
        return outputs
