"""`LocalService`: a scoring endpoint on this machine."""

from typing import NotRequired, TypedDict

import pulumi

from modelport.keys import key_digest
from modelport.local.resource import LocalProcess
from modelport.local.service_key import ServiceKey


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


class LocalService(pulumi.ComponentResource):
    """A supervised scoring process on this machine: for development, not for production."""

    scoring_url: pulumi.Output[str]
    """POST requests here."""
    swagger_url: pulumi.Output[str]
    """The description of the interface."""
    health_url: pulumi.Output[str]
    """Answers 200 when the service can score."""
    keys: pulumi.Output[dict[str, str]]
    """``primary`` and ``secondary``; secret; empty when no key is asked for."""
    state: pulumi.Output[str]
    """``running`` or ``stopped``, as of the last update or refresh."""

    def __init__(self, name: str, args: LocalServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelport:index:LocalService", name, args, opts)
        keys = self._keys(name, args) if args.get("auth_enabled", True) else {}
        child = pulumi.ResourceOptions(parent=self)
        process = LocalProcess(name, _properties(name, args, keys), child)
        self.scoring_url = process.scoring_url
        self.swagger_url = process.swagger_url
        self.health_url = process.health_url
        self.state = process.state
        self.keys = pulumi.Output.secret(pulumi.Output.all(**{slot: key.value for slot, key in keys.items()}))
        self.register_outputs(
            {
                "scoring_url": self.scoring_url,
                "swagger_url": self.swagger_url,
                "health_url": self.health_url,
                "state": self.state,
                "keys": self.keys,
            }
        )

    def _keys(self, name: str, args: LocalServiceArgs) -> dict[str, ServiceKey]:
        child = pulumi.ResourceOptions(parent=self)
        return {
            "primary": ServiceKey(
                f"{name}-primary",
                service=name,
                slot="primary",
                generation=args.get("primary_generation", 1),
                value=args.get("primary_key"),
                opts=child,
            ),
            "secondary": ServiceKey(
                f"{name}-secondary",
                service=name,
                slot="secondary",
                generation=args.get("secondary_generation", 1),
                value=args.get("secondary_key"),
                opts=child,
            ),
        }


def _properties(name: str, args: LocalServiceArgs, keys: dict[str, ServiceKey]) -> dict[str, object]:
    own = ("auth_enabled", "primary_key", "secondary_key", "primary_generation", "secondary_generation")
    passed = {key: value for key, value in args.items() if key not in own}
    digests = {f"{slot}_key_digest": key.value.apply(key_digest) for slot, key in keys.items()}
    return {"service": name, **passed, **digests}
