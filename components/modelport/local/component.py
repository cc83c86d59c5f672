"""`LocalService`: a scoring endpoint on this machine, or in a Docker daemon."""

from collections.abc import Mapping
from typing import Final

import pulumi

from modelport.errors import InputError
from modelport.keys import key_digest
from modelport.local.arguments import LocalServiceArgs
from modelport.local.container import place_container
from modelport.local.endpoint import Endpoint
from modelport.local.resource import LocalProcess
from modelport.local.service_key import ServiceKey

_NOT_OF_A_PROCESS: Final = frozenset(
    {"auth_enabled", "primary_key", "secondary_key", "primary_generation", "secondary_generation", "mode"}
    | {"docker_host", "docker_cert_path", "cpu", "memory_mb", "delete_image", "delete_volume"}
)


class LocalService(pulumi.ComponentResource):
    """A supervised scoring process on this machine, or a container: for development, not for production."""

    scoring_url: pulumi.Output[str]
    """POST requests here."""
    swagger_url: pulumi.Output[str]
    """The description of the interface."""
    health_url: pulumi.Output[str]
    """Answers 200 when the service can score."""
    keys: pulumi.Output[dict[str, str]]
    """``primary`` and ``secondary``; secret; empty when no key is asked for."""
    state: pulumi.Output[str]
    """``running`` or ``stopped``, as of the last update or refresh; a container that has stopped is gone from it."""
    container: pulumi.Output[str] | None
    """Name of the container; ``None`` for a process."""

    def __init__(self, name: str, args: LocalServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelport:index:LocalService", name, args, opts)
        keys = self._keys(name, args) if args.get("auth_enabled", True) else {}
        digests = {slot: key.value.apply(key_digest) for slot, key in keys.items()}
        endpoint = _placed(name, args, digests, pulumi.ResourceOptions(parent=self))
        self.scoring_url = endpoint.scoring_url
        self.swagger_url = endpoint.swagger_url
        self.health_url = endpoint.health_url
        self.state = endpoint.state
        self.container = endpoint.container
        self.keys = pulumi.Output.secret(pulumi.Output.all(**{slot: key.value for slot, key in keys.items()}))
        self.register_outputs(
            {
                "scoring_url": self.scoring_url,
                "swagger_url": self.swagger_url,
                "health_url": self.health_url,
                "state": self.state,
                "keys": self.keys,
                **({} if self.container is None else {"container": self.container}),
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


def _placed(
    name: str, args: LocalServiceArgs, digests: Mapping[str, pulumi.Output[str]], opts: pulumi.ResourceOptions
) -> Endpoint:
    mode = args.get("mode", "process")
    if mode == "container":
        return place_container(name, args, digests, opts)
    if mode != "process":
        reason = f"{mode!r} is no mode; give process or container"
        raise InputError(property_path="mode", reason=reason)
    passed = {key: value for key, value in args.items() if key not in _NOT_OF_A_PROCESS}
    named = {f"{slot}_key_digest": digest for slot, digest in digests.items()}
    process = LocalProcess(name, {"service": name, **passed, **named}, opts)
    return Endpoint(process.scoring_url, process.swagger_url, process.health_url, process.state)
