"""`LoadedImage`: a scoring image in a Docker daemon, as the engine sees it."""

from pathlib import Path

from modelport.errors import ModelportError
from modelport.local.docker_daemon import DockerDaemon
from modelport.provider.daemon_images import ImageIds, containers_image, daemon_name, image_ids, loadable
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, Difference
from modelport.provider.values import UNKNOWN, Properties
from modelport.store.meter import Meter

_REPLACING = ("imageId", "dockerHost", "dockerCertPath")


class LoadedImage:
    """
    Inputs: the image's reference and the daemon's address. Output: the image's id there.

    Another image is a replacement, so that the old one stays until no container runs it.
    """

    token = "modelport:index:LoadedImage"  # noqa: S105 - a type token

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Find the id that the daemon will know the image by; asks the daemon, and changes nothing."""
        if news.unknown("image", "dockerHost", "dockerCertPath"):
            return {**news.values, "imageId": UNKNOWN}
        ids = image_ids(call, containers_image(news.text("image")))
        return {**news.values, "imageId": UNKNOWN if ids is None else _known_by(call, news, ids)}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:  # noqa: ARG002
        """Compare ids; an image that somebody removed from the daemon is a change too."""
        replaces = tuple(name for name in _REPLACING if olds.values.get(name) != news.values.get(name))
        changed = tuple(name for name in ("image", "deleteImage") if olds.values.get(name) != news.values.get(name))
        if not changed and not replaces and not _daemon(call, news).has(news.text("imageId")):
            changed = ("imageId",)
        return Difference((*changed, *replaces), replaces)

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Known, unless the image has yet to be built."""
        return {**news.values}

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Load the image, unless the daemon has it."""
        outputs = self.update(call, news, news)
        return str(outputs["imageId"]), outputs

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Load the image again when it was removed."""
        reference = containers_image(news.text("image"))
        image, daemon = loadable(call, reference), _daemon(call, news)
        if image is None:
            msg = f"image {reference.name!r}: its store has no {reference.digest}; run the command again to build it"
            raise ModelportError(msg)
        image_id = _known_by(call, news, ImageIds(image.manifest.digest, image.config().digest))
        if not daemon.has(image_id):
            meter = Meter(f"loading {reference.name} into Docker", image.size(), call.progress)
            daemon.load(meter.over(image.chunks()))
        if not daemon.has(image_id):
            msg = f"Docker at {daemon.host} loaded image {reference.name!r} under another id than {image_id}"
            raise ModelportError(msg)
        return {**news.values, "imageId": image_id}

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:  # noqa: ARG002
        """Gone when the daemon lacks it."""
        return {**outputs.values} if _daemon(call, outputs).has(outputs.text("imageId")) else None

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Remove the image from the daemon when that was asked for, and nothing else there runs it."""
        if not outputs.flag("deleteImage", default=False):
            return
        name = daemon_name(containers_image(outputs.text("image")))
        if kept := _daemon(call, outputs).remove_image(name):
            call.warn(f"image {name} stays in Docker, something else uses it: {kept}")


def _known_by(call: Call, news: Inputs, ids: ImageIds) -> str:
    daemon = _daemon(call, news)
    key = ("names by manifest", daemon.host)
    if key not in call.session.planned:
        call.session.planned[key] = daemon.names_by_manifest()
    return ids.manifest if call.session.planned[key] else ids.configuration


def _daemon(call: Call, values: Inputs) -> DockerDaemon:
    folder = values.optional_text("dockerCertPath")
    path = str(Path(call.session.project_root) / folder) if folder else None
    return DockerDaemon(values.text("dockerHost"), path)
