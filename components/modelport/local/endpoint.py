"""Where a service answers."""

from dataclasses import dataclass
from typing import Self

import pulumi
from modelport_scoring import wire


@dataclass(frozen=True)
class Endpoint:
    """The outputs that a `LocalService` takes from what it declares; *container* is a container's name."""

    scoring_url: pulumi.Output[str]
    swagger_url: pulumi.Output[str]
    health_url: pulumi.Output[str]
    state: pulumi.Output[str]
    container: pulumi.Output[str] | None = None

    @classmethod
    def of_container(cls, base_url: pulumi.Output[str], container: pulumi.Output[str]) -> Self:
        """Describe a container's: the update that declares it waits until it runs."""
        paths = (wire.SCORE_PATH, wire.SWAGGER_PATH, wire.HEALTH_PATH)
        scoring, swagger, health = (pulumi.Output.concat(base_url, path) for path in paths)
        return cls(scoring, swagger, health, pulumi.Output.from_input("running"), container)
