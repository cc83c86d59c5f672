"""A project whose one service runs in a container, from an image put together by hand; the plugin is a stand-in."""

import json
import subprocess
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.engine.dev_stack import ROOT, Answer, DevStack, free_port
from tests.services.scoring_container import docker
from tests.services.scoring_image import SCRIPT, layout_repository, write_image

SERVICE = "answers"
STORE = ".modelport/store"
PROJECT = {
    "name": "contained",
    "runtime": {"name": "python", "options": {"virtualenv": ".venv"}},
    "plugins": {
        "providers": [
            {"name": "modelport", "path": "components/modelport/plugin"},
            {"name": "docker", "path": str(ROOT / "tests" / "standins" / "docker")},
        ]
    },
}
PROGRAM = """
import json, pathlib
import pulumi
from modelport.local import LocalService

args = json.loads(pathlib.Path("service.json").read_text())
service = LocalService("answers", args)
endpoint = {"scoring_url": service.scoring_url, "container": service.container}
pulumi.export("endpoints", {"answers": endpoint})
pulumi.export("keys", pulumi.Output.secret({"answers": service.keys}))
"""


class ContainerStack(DevStack):
    """The project; *base* is the layout of the base image."""

    def __init__(self, root: Path, environment: Mapping[str, str], base: Path) -> None:
        self.root, self.environment, self.port = root, dict(environment), free_port()
        self.base = base
        self.images: list[str] = []
        self.args: dict[str, object] = {"models": [], "mode": "container", "port": self.port}
        root.mkdir(parents=True)
        (root / "Pulumi.yaml").write_text(json.dumps(PROJECT))
        (root / "Pulumi.dev.yaml").write_text("{}\n")
        (root / "__main__.py").write_text(PROGRAM)
        for name in ("components", "scoring", ".venv"):
            (root / name).symlink_to(ROOT / name)

    def use(self, *, answer: int | None = None, script: str = SCRIPT, **args: object) -> None:
        """Change what the service is made of; *answer* puts together an image that answers with it."""
        if answer is not None:
            target = layout_repository(self.root / STORE, SERVICE)
            script = f"# {uuid.uuid4()}\n{script}"  # an image of its own, that no other test runs
            ending = write_image(self.base, target, self.root.parent / "scratch", script=f"ANSWER = {answer}\n{script}")
            self.images.append(f"modelport/{SERVICE}:{ending[:12]}")
            self.args["image"] = f"oci-layout:{STORE}/images/{SERVICE}:{ending}"
        self.args |= args
        given = {name: value for name, value in self.args.items() if value is not None}
        (self.root / "service.json").write_text(json.dumps(given))

    def score(self, key: str | None) -> Answer:
        """Send a request."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/score", b"{}", headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode())

    def containers(self) -> list[str]:
        """List the ids of the service's containers, running or not."""
        found = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"publish={self.port}")
        mine = [str(each["id"]) for each in self.resources().values() if each["type"].endswith(":Container")]
        return sorted({*found.split(), *(each for each in mine if _exists(each))})

    def inspect(self, container: str) -> dict[str, Any]:
        """Read all that Docker says of a container."""
        [found] = json.loads(docker("inspect", container))
        return dict(found)

    def remove_containers(self) -> None:
        """Remove what a failed test has left."""
        for container in self.containers():
            docker("rm", "--force", container)
        for image in self.images:
            subprocess.run(["docker", "image", "rm", image], capture_output=True, check=False)  # may be gone


def _exists(container: str) -> bool:
    done = subprocess.run(["docker", "inspect", container], capture_output=True, check=False)
    return done.returncode == 0
