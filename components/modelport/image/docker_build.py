"""The daemon's part of builder `docker`: the docker plugin builds the context and pushes what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelport.docker_package import require_docker_package
from modelport.image.resource import ImageBuild
from modelport.store.reference import parse_image_reference


@dataclass(frozen=True)
class PushedImage:
    """What the push made known: nothing of it before an update that builds."""

    reference: pulumi.Output[str]
    digest: pulumi.Output[str]
    pull_reference: pulumi.Output[str]


def built_by_docker(
    name: str, args: Mapping[str, Any], context: ImageBuild, opts: pulumi.ResourceOptions
) -> PushedImage:
    """
    Declare the build and push of *context*, whose tag in the store is the content key.

    The daemon takes its login to the registry from Docker's own configuration, so that none is in the state.
    """
    require_docker_package(f"image {name!r} (builder docker)")
    import pulumi_docker as docker  # noqa: PLC0415 - an optional package: the extra `docker`

    platform = args.get("platform")
    image = docker.Image(
        name,
        build=docker.DockerBuildArgs(
            context=context.path.apply(str),
            dockerfile=context.path.apply(lambda folder: f"{folder}/Dockerfile"),
            platform=None
            if platform is None
            else pulumi.Output.from_input(platform).apply(lambda text: text.split()[0]),
        ),
        image_name=context.reference.apply(pushed_name),
        opts=opts,
    )
    digest = image.repo_digest.apply(lambda pushed: f"sha256:{pushed.rpartition('sha256:')[2]}")
    pull_host = pulumi.Output.from_input(args.get("pull_host"))
    return PushedImage(
        pulumi.Output.concat(context.reference, "@", digest),
        digest,
        pulumi.Output.all(image.repo_digest, pull_host).apply(lambda both: _from_host(*both)),
    )


def pushed_name(reference: str) -> str:
    """Write what a daemon calls the image of *reference*: ``host/prefix/images/<name>:<content key>``."""
    image = parse_image_reference(reference)
    return f"{image.store.place}/images/{image.name}:{image.content_key}"


def _from_host(pushed: str, pull_host: str | None) -> str:
    return f"{pull_host}/{pushed.partition('/')[2]}" if pull_host else pushed
