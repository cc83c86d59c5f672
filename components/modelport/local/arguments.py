"""What a `LocalService` takes."""

from typing import NotRequired, TypedDict

import pulumi


class LocalServiceArgs(TypedDict):
    """What a local service is made from."""

    image: pulumi.Input[str]
    """Reference of the scoring image (`ScoringImage.reference`)."""
    models: pulumi.Input[list[pulumi.Input[str]]]
    """Ids of the models in the image (``name:version``): the folders that the script sees."""
    port: NotRequired[pulumi.Input[int]]
    """Port to listen on, 1 to 65535; a free one when left out."""
    address: NotRequired[pulumi.Input[str]]
    """IP address to listen on; 127.0.0.1 when left out."""
    workers: NotRequired[pulumi.Input[int]]
    """Processes that score; 1 when left out."""
    ready_timeout_s: NotRequired[pulumi.Input[float]]
    """Seconds that a version may take until it can answer; 60 when left out."""
    drain_timeout_s: NotRequired[pulumi.Input[float]]
    """Seconds that requests under way may take when a version is replaced; 30 when left out."""
    mode: NotRequired[str]
    """``process`` (a supervised process of this machine) or ``container``; process when left out."""
    docker_host: NotRequired[str]
    """With containers: the Docker daemon, ``unix://``, ``ssh://`` or ``tcp://``; DOCKER_HOST, else this machine's."""
    docker_cert_path: NotRequired[str]
    """With ``tcp://``: folder with ``ca.pem``, ``cert.pem`` and ``key.pem``, relative to the project."""
    cpu: NotRequired[pulumi.Input[float]]
    """With containers: cores that it may use; all when left out."""
    memory_mb: NotRequired[pulumi.Input[int]]
    """With containers: megabytes of memory that it may use; unlimited when left out."""
    delete_image: NotRequired[pulumi.Input[bool]]
    """With containers: whether the daemon forgets the image when no service of this stack runs it; false."""
    delete_volume: NotRequired[pulumi.Input[bool]]
    """With containers: whether a container's own volumes go with it; true when left out."""
    log_max_mb: NotRequired[pulumi.Input[int]]
    """Megabytes of log before it is rotated; 10 when left out."""
    log_backups: NotRequired[pulumi.Input[int]]
    """Rotated logs to keep; 3 when left out."""
    auth_enabled: NotRequired[bool]
    """Whether callers need a key; true when left out."""
    primary_key: NotRequired[pulumi.Input[str]]
    """A primary key of one's own, 16 to 256 characters; generated when left out."""
    secondary_key: NotRequired[pulumi.Input[str]]
    """A secondary key of one's own, 16 to 256 characters; generated when left out."""
    primary_generation: NotRequired[pulumi.Input[int]]
    """A changed number makes a new primary key."""
    secondary_generation: NotRequired[pulumi.Input[int]]
    """A changed number makes a new secondary key."""
