"""
`docker:index/image:Image`.

Source: provider/provider.go and provider/image.go of pulumi/pulumi-docker. Builds with the daemon's classic builder,
where the real plugin takes BuildKit by default: the daemon's API offers BuildKit only through a session of gRPC.
"""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

from modelport.errors import InputError, ModelportError
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, Difference
from modelport.provider.values import UNKNOWN, Properties, Unknown, Value

import docker.errors
from tests.standins.docker.daemon import Daemon, said
from tests.standins.plugin import refuse_unmodelled

_MODELLED = frozenset({"build", "imageName", "skipPush", "buildOnPreview"})
_BUILD = frozenset({"context", "dockerfile", "platform", "contextDigest"})


class Image:
    """An image that is built and pushed; every change is an update, and `delete` removes nothing, as in the plugin."""

    token = "docker:index/image:Image"

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:
        """Open the Dockerfile, in a preview too, and hash the context: `Check` of the real plugin does both."""
        refuse_unmodelled(news, _MODELLED, ("imageName",))
        build = _build(news)
        if unmodelled := sorted(set(build) - _BUILD):
            name = f"build.{unmodelled[0]}"
            raise InputError(name, "the stand-in does not model it")
        if isinstance(build.get("context"), Unknown):
            msg = "could not open dockerfile at relative path Dockerfile: no such file or directory"
            raise ModelportError(msg)
        dockerfile = Path(str(build["dockerfile"]))
        if not dockerfile.is_file():
            msg = f"could not open dockerfile at relative path {dockerfile}: no such file or directory"
            raise ModelportError(msg)
        digest = _hash(Path(str(build["context"])))
        return {"skipPush": False, **news.values, "build": {**build, "contextDigest": digest}}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:
        """Compare inputs; nothing forces a replacement (`diffUpdates`)."""
        names = sorted({*olds.values, *news.values})
        return Difference(tuple(name for name in names if olds.values.get(name) != news.values.get(name)))

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:
        """Foretell nothing of what is pushed."""
        return {**news.values, "repoDigest": UNKNOWN}

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Build and push; the id is the image's name."""
        return news.text("imageName"), self.update(call, news, news)

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:
        """Build and push again."""
        name, build, api = news.text("imageName"), _build(news), self.daemon.api
        context = Path(str(build["context"]))
        lines = api.build(
            fileobj=_archive(context),
            custom_context=True,
            dockerfile=str(Path(str(build["dockerfile"])).relative_to(context)),
            tag=name,
            platform=build.get("platform"),
            rm=True,
            decode=True,
        )
        _follow(call, lines)
        found: Properties = {**news.values, "baseImageName": name, "context": str(context), "registryServer": ""}
        if news.flag("skipPush", default=False):
            return found
        repository, _, tag = name.rpartition(":")
        _follow(call, api.push(repository, tag=tag, stream=True, decode=True))
        digests = [each for each in api.inspect_image(name)["RepoDigests"] if each.startswith(f"{repository}@")]
        return {**found, "repoDigest": digests[0]}

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:
        """Repeat the state: the real plugin reconciles nothing."""
        return {**outputs.values}

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Remove nothing, as the real plugin."""


def _build(news: Inputs) -> dict[str, Any]:
    build: Value = news.values.get("build")
    assert isinstance(build, dict)
    return build


def _follow(call: Call, lines: Any) -> None:  # noqa: ANN401 - the SDK for Python has no types
    try:
        for line in lines:
            if "error" in line:
                raise ModelportError(str(line["error"]))
            call.progress(str(line.get("stream") or line.get("status") or "").strip())
    except docker.errors.APIError as error:
        raise ModelportError(said(error)) from error


def _hash(context: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in context.rglob("*") if each.is_file()):
        digest.update(f"{path.relative_to(context)} {path.stat().st_mode:o} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _archive(context: Path) -> io.BytesIO:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        tar.add(context, ".")
    written.seek(0)
    return written
