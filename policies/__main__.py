"""The policy pack's entry: `pulumi preview --policy-pack policies`."""

from modelport_policies.pack import policies
from pulumi_policy import PolicyPack

PolicyPack("modelport", policies())
