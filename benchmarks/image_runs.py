"""Images of both examples as they lie in the registry: what is how large, and how soon they answer."""

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelport.image.stored_image import find_image
from modelport.store.open_repository import open_repository

from benchmarks.clone import ROOT, CommandFailedError, Stopwatch, free_port
from benchmarks.docker_images import DockerImages
from benchmarks.image_builders import Modelport
from benchmarks.image_project import IMAGES

STARTS = 3
_POLL_S = 0.005
_ANSWER_WITHIN_S = 60


@dataclass(frozen=True)
class ImageRun:
    """The image of *service*: compressed bytes by kind of layer, and seconds from `docker run` to the first answer."""

    service: str
    sizes: Mapping[str, int]
    answered_s: tuple[float, ...]


def measure_runs(ours: Modelport, images: DockerImages) -> list[ImageRun]:
    """Build what is not built yet, pull it and start it."""
    found = []
    for service in IMAGES:
        ours.project.apply(service)
        reference = f"{ours.registry.host}/team/images/{service}@{ours.project.output(service, 'digest')}"
        images.pull(reference)
        seconds = tuple(_first_answer(images, reference, service) for _ in range(STARTS))
        found.append(ImageRun(service, _sizes(ours, service), seconds))
    return found


def _sizes(ours: Modelport, service: str) -> Mapping[str, int]:
    repository = open_repository(ours.registry.store, f"images/{service}", ours.project.root)
    image = find_image(repository, ours.project.output(service, "contentKey"))
    if image is None:
        msg = f"the registry has no image {service!r}"
        raise CommandFailedError(msg)
    return image.sizes


def _first_answer(images: DockerImages, reference: str, service: str) -> float:
    body = Path(ROOT / f"examples/{service}/sample-request.json").read_bytes()
    port, watch = free_port(), Stopwatch()
    container = images.start(reference, port)
    try:
        while not _answers(port, body):
            if watch.seconds > _ANSWER_WITHIN_S:
                msg = f"{service} did not answer within {_ANSWER_WITHIN_S} s"
                raise CommandFailedError(msg)
            time.sleep(_POLL_S)
        return watch.seconds
    finally:
        images.remove(container)


def _answers(port: int, body: bytes) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/score", body, {"Content-Type": "application/json"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
