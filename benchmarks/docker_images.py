"""The Docker side of the figures: builds, pushes, runs; and all that they leave in the daemon, taken away again."""

import json
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.clone import CommandFailedError, checked


class DockerImages:
    """What a measurement makes in the daemon of this machine; gone at the end, whatever else is there stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[str] = []
        self._cached = self._build_cache()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for image in reversed(self._made):
            self._run("image", "rm", "--force", image)
        self._forget(self._build_cache() - self._cached)

    def base(self, layout: Path) -> str:
        """Have the one layer of the base image in *layout* loaded; give the image's name."""
        name = f"modelport-benchmarks:{os.getpid()}"
        if name in self._made:
            return name
        [entry] = json.loads((layout / "index.json").read_text(encoding="utf-8"))["manifests"]
        [layer] = json.loads(_blob(layout, entry["digest"]).read_text(encoding="utf-8"))["layers"]
        self._made.append(name)
        self._run("import", str(_blob(layout, layer["digest"])), name)
        return name

    def build(self, client: "Client", context: Path, base: str, name: str, *, cached: bool) -> None:
        """Build *context* into the image *name*."""
        self._made.append(name)
        options = ["--network=none", f"--build-arg=BASE={base}", f"--tag={name}", *([] if cached else ["--no-cache"])]
        checked([client.program, "build", *options, str(context)], self._folder, client.environment)

    def push(self, client: "Client", name: str) -> None:
        """Push the image *name*."""
        checked([client.program, "push", "--quiet", name], self._folder, client.environment)

    def pull(self, name: str) -> None:
        """Pull the image *name*."""
        self._made.append(name)
        self._run("pull", "--quiet", name)

    def start(self, name: str, port: int) -> str:
        """Run the image *name* read-only, its service on *port* of this machine; give the container's id."""
        return self._run("run", "--detach", "--read-only", f"--publish=127.0.0.1:{port}:5001", name).strip()

    def remove(self, container: str) -> None:
        """End and remove a container."""
        self._run("rm", "--force", "--volumes", container)

    def _forget(self, cached: set[str]) -> None:
        """Drop *cached* from BuildKit's cache. An entry goes once none is made from it: again, until no more go."""
        for identity in cached:
            self._run("builder", "prune", "--force", "--all", "--filter", f"id={identity}")
        left = cached & self._build_cache()
        if left and left != cached:
            self._forget(left)

    def _build_cache(self) -> set[str]:
        """List the entries of BuildKit's cache; the classic builder keeps images instead."""
        entries: list[dict[str, Any]] = json.loads(self._run("system", "df", "-v", "--format", "{{json .BuildCache}}"))
        return {each["ID"] for each in entries or []}

    def _run(self, *arguments: str) -> str:
        return checked(["docker", *arguments], self._folder, dict(os.environ))


class Client:
    """A program `docker` that builds with the daemon's BuildKit, or with its classic builder."""

    def __init__(self, program: str, *, buildkit: bool) -> None:
        self.program = program
        self.name = "BuildKit" if buildkit else "classic builder"
        self.environment = {**os.environ, "DOCKER_BUILDKIT": "1" if buildkit else "0"}


def clients() -> list[Client]:
    """Find a client for each builder that this machine can use; current ones need a plugin for BuildKit."""
    programs = [program for entry in os.get_exec_path() if (program := shutil.which("docker", path=entry))]
    usable = []
    for buildkit in (True, False):
        every = (Client(program, buildkit=buildkit) for program in programs)
        usable += [next(filter(_works, every), None)]
    return [client for client in usable if client is not None]


def _works(client: Client) -> bool:
    try:
        checked([client.program, "build", "--help"], Path.cwd(), client.environment)
    except CommandFailedError:
        return False
    return True


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")
