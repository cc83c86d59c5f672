"""Local services are for development: Azure ML says so of its own, and nothing here keeps one alive over a reboot."""

from collections.abc import Iterator, Sequence
from typing import Final

RESOURCE_TYPE: Final = "modelport:index:LocalProcess"
PRODUCTION_STACKS: Final = ("prod", "production")


def local_services_in_production(
    resource_type: str, urn: str, production_stacks: Sequence[str] = PRODUCTION_STACKS
) -> Iterator[str]:
    """Yield a violation when the resource is a local service of a production stack (named in its *urn*)."""
    stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
    if resource_type == RESOURCE_TYPE and stack in production_stacks:
        service = rest.rpartition("::")[2]
        yield (
            f"service {service!r} of stack {stack!r} runs on this machine only; "
            "give it another target, or keep local services to development stacks"
        )
