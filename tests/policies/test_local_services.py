"""Local services stay out of production."""

import pytest
from modelport_policies.local_services import local_services_in_production

LOCAL = "modelport:index:LocalProcess"


@pytest.mark.parametrize(
    ("resource_type", "stack", "violations"),
    [(LOCAL, "prod", 1), (LOCAL, "dev", 0), ("modelport:index:ImageBuild", "prod", 0)],
)
def test_a_production_stack_has_no_local_service(resource_type: str, stack: str, violations: int) -> None:
    """
    Only a local service, and only in a production stack, is a violation.
    """
    urn = f"urn:pulumi:{stack}::modelport::{resource_type}::diabetes"

    assert violations == len(list(local_services_in_production(resource_type, urn)))


def test_the_violation_names_service_stack_and_way_out() -> None:
    """
    The message says what to write instead.
    """
    [message] = local_services_in_production(LOCAL, f"urn:pulumi:live::p::{LOCAL}::diabetes", ["live"])

    assert message == (
        "service 'diabetes' of stack 'live' runs on this machine only; "
        "give it another target, or keep local services to development stacks"
    )
