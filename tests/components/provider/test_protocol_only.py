"""Tests of `modelport.provider.protocol_only`."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from modelport.provider.protocol_only import without_sdk
without_sdk()
from modelport.provider.serve import resources
print(len(resources()), *sorted(name for name in sys.modules if name.startswith("pulumi.")))
"""


@pytest.mark.slow
def test_the_provider_starts_without_the_sdk() -> None:
    """
    All five resource types load, and of `pulumi` nothing but the protocol's messages.
    """
    command = [sys.executable, "-c", PROGRAM]
    count, *modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert "5" == count
    assert "pulumi.runtime.proto.provider_pb2" in modules
    assert ["pulumi.runtime"] == [name for name in modules if not name.startswith("pulumi.runtime.proto")]
