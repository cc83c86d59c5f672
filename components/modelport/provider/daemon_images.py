"""Images between resources: what a daemon may know of an image before it is built."""

from dataclasses import dataclass

from modelport.errors import InputError
from modelport.local.docker_archive import LoadableImage
from modelport.provider.resource import Call
from modelport.store.reference import ImageReference, parse_image_reference


@dataclass(frozen=True)
class ImageIds:
    """The digests by which daemons know an image: most by that of its configuration, some by its manifest's."""

    manifest: str
    configuration: str


def remember_image(call: Call, reference: str, ids: ImageIds) -> None:
    """Keep what a build would make for the services of this run."""
    call.session.planned["image ids", reference] = ids


def image_ids(call: Call, reference: ImageReference) -> ImageIds | None:
    """Find the ids of an image that is planned in this run or stored; ``None`` when it is neither yet."""
    planned = call.session.planned.get(("image ids", str(reference)))
    if isinstance(planned, ImageIds):
        return planned
    image = loadable(call, reference)
    return ImageIds(image.manifest.digest, image.config().digest) if image else None


def loadable(call: Call, reference: ImageReference) -> LoadableImage | None:
    """Find the stored image; ``None`` when the store lacks it."""
    repository = call.session.repository(str(reference.store), f"images/{reference.name}")
    descriptor = repository.resolve(reference.content_key)
    if descriptor is None or descriptor.digest != reference.digest:
        return None
    return LoadableImage(repository, descriptor, daemon_name(reference))


def daemon_name(reference: ImageReference) -> str:
    """Name an image in a daemon: readable, and kept by `docker image prune`, which removes what has no name."""
    return f"modelport/{reference.name}:{reference.content_key[:12]}"


def containers_image(text: str) -> ImageReference:
    """Read the reference of an image that containers can run; raises `InputError` for one that is only files."""
    reference = parse_image_reference(text)
    if reference.digest is None:
        reason = (
            f"{reference.name!r} is only files, for processes; build it with `builder: oci` to run it in containers"
        )
        raise InputError(property_path="image", reason=reason)
    return reference
