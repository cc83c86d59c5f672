"""What every target offers, wherever it runs."""

from typing import Protocol

import pulumi


class Service(Protocol):
    """A scoring endpoint."""

    scoring_url: pulumi.Output[str]
    """POST requests here."""
    swagger_url: pulumi.Output[str]
    """The description of the interface."""
    health_url: pulumi.Output[str]
    """Answers 200 when the service can score."""
    keys: pulumi.Output[dict[str, str]]
    """``primary`` and ``secondary``; secret; empty when no key is asked for."""
    state: pulumi.Output[str]
    """Azure ML's word for it, as of the last update or refresh; local services are running, stopped or failed."""
