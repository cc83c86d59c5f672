"""The rules as the engine's policies: thin adapters over plain functions."""

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from modelport_policies.local_services import PRODUCTION_STACKS, local_services_in_production


def policies() -> list[Policy]:
    """Every rule of the pack."""
    return [
        ResourceValidationPolicy(
            name="no-local-services-in-production",
            description="Local services are for development stacks.",
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=PolicyConfigSchema(
                properties={
                    "productionStacks": {
                        "type": "array",
                        "items": {"type": "string"},
                        "default": list(PRODUCTION_STACKS),
                    }
                }
            ),
            validate=_no_local_services_in_production,
        )
    ]


def _no_local_services_in_production(args: ResourceValidationArgs, report: ReportViolation) -> None:
    stacks = args.get_config().get("productionStacks", PRODUCTION_STACKS)
    for violation in local_services_in_production(args.resource_type, args.urn, stacks):
        report(violation, None)
