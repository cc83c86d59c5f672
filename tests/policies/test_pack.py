"""The pack as the engine starts it: a process that speaks the analyzer protocol."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

PACK = Path(__file__).resolve().parents[2] / "policies"


@pytest.fixture(name="analyzer")
def running_pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """Start the pack."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PACK, text=True) as process:
        assert process.stdout is not None
        channel = grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}")
        yield analyzer_pb2_grpc.AnalyzerStub(channel)
        channel.close()
        process.kill()


@pytest.mark.slow
def test_the_pack_refuses_a_local_service_in_production(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """
    The engine is told of the violation, as a mandatory one.
    """
    resource_type = "modelport:index:LocalProcess"
    answer = analyzer.Analyze(
        analyzer_pb2.AnalyzeRequest(
            type=resource_type,
            urn=f"urn:pulumi:prod::modelport::{resource_type}::diabetes",
            name="diabetes",
            properties=struct_pb2.Struct(),
        )
    )

    assert [found.policyName for found in answer.diagnostics] == ["no-local-services-in-production"]
    assert [policy.name for policy in analyzer.GetAnalyzerInfo(empty_pb2.Empty()).policies] == [
        "no-local-services-in-production"
    ]
