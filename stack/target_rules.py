"""Rules of the block `target` that concern more than one key."""

from collections.abc import Iterator, Mapping
from typing import Final

from stack.errors import Place, Problem
from stack.raw import RawService, mapping

OF_CONTAINERS: Final = ("docker_host", "docker_cert_path", "cpu", "memory_mb", "on_destroy")
FILES: Final = "files"
"""The builder of what processes run; all others make images, which containers run."""


def target_problems(place: Place, service: RawService) -> Iterator[Problem]:
    """Yield what does not go together in the target of the *service* at *place*."""
    target, image = mapping(service.get("target")), mapping(service.get("image"))
    builder = image.get("builder")
    builder_place = (*place, "image", "builder")
    if target.get("kind") != "local":
        return
    if target.get("mode", "process") == "container":
        yield from _host_problems((*place, "target"), target)
        if builder == FILES:
            yield Problem(builder_place, f"found {builder!r}, which makes no image for containers; take oci, or none")
        return
    for key in OF_CONTAINERS:
        if target.get(key) is not None:
            yield Problem((*place, "target", key), "is for containers; add mode: container beside it, or remove it")
    if image.get("reference") is not None:
        text = "names an image, but a process runs files; set target.mode: container"
        yield Problem((*place, "image", "reference"), text)
    elif builder not in {None, FILES}:
        text = f"found {builder!r}, but a process runs files; set target.mode: container, or take no builder"
        yield Problem(builder_place, text)


def _host_problems(place: Place, target: Mapping[str, object]) -> Iterator[Problem]:
    host, certificates = str(target.get("docker_host") or ""), target.get("docker_cert_path")
    if host.startswith("tcp://") and certificates is None:
        text = "missing (a daemon that takes commands over plain tcp gives its machine to anybody; or use ssh://)"
        yield Problem((*place, "docker_cert_path"), text, is_missing=True)
    if certificates is not None and not host.startswith("tcp://"):
        yield Problem((*place, "docker_cert_path"), "is for a docker_host with tcp://; remove it")
    if host.startswith(("tcp://", "ssh://")) and target.get("address") is None:
        text = "missing (127.0.0.1 of another machine answers only there; to call it from here give 0.0.0.0)"
        yield Problem((*place, "address"), text, is_missing=True)
