"""Fixtures of the library's tests."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2

from tests.sdk import TidyMonitor

Inputs = dict[str, Any]


class Answers(Mocks):
    """Gives every resource its inputs back, and *outputs* by type on top."""

    def __init__(self, outputs: dict[str, Inputs]) -> None:
        self.outputs = outputs

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, Inputs]:
        """Answer a registration."""
        return f"{args.name}-id", {**args.inputs, **self.outputs.get(args.typ, {})}

    def call(self, args: MockCallArgs) -> tuple[Inputs, list[tuple[str, str]] | None]:
        """Refuse invokes; these programs make none."""
        raise AssertionError(args.token)


class Recorder(TidyMonitor):
    """Keeps what was registered, options included, which `Mocks` does not show."""

    def __init__(self, mocks: Answers) -> None:
        super().__init__(mocks)
        self.answers = mocks
        self.requests: list[resource_pb2.RegisterResourceRequest] = []
        self.component_outputs: dict[str, Inputs] = {}

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: ANN401, N802  # the SDK's method
        """Record and answer a registration."""
        self.requests.append(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:  # noqa: ANN401, N802  # the SDK's method
        """Record a component's outputs."""
        self.component_outputs[request.urn] = json_format.MessageToDict(request.outputs)
        return super().RegisterResourceOutputs(request)

    def one(self, type_: str) -> resource_pb2.RegisterResourceRequest:
        """Give the one registration of *type_*."""
        (request,) = [request for request in self.requests if request.type == type_]
        return request

    def outputs(self, type_: str) -> Inputs:
        """Give the registered outputs of the one component of *type_*."""
        (found,) = [outputs for urn, outputs in self.component_outputs.items() if urn.split("::")[2].endswith(type_)]
        return found

    def inputs(self, type_: str) -> Inputs:
        """Give the inputs of the one registration of *type_*."""
        return dict(json_format.MessageToDict(self.one(type_).object))


Deploy = Callable[[Callable[[], object]], None]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Make a recording monitor the SDK's engine."""
    monitor = Recorder(Answers({}))
    pulumi.runtime.set_mocks(monitor.answers, project="shop", stack="dev", preview=False, monitor=monitor)
    yield monitor
    pulumi.runtime.settings.reset_options()


@pytest.fixture
def deploy(recorder: Recorder) -> Deploy:
    """Run a program against the recording monitor, to the end of its last registration."""

    def run(program: Callable[[], object]) -> None:
        async def once() -> None:
            program()

        pulumi.runtime.test(once)()  # type: ignore[no-untyped-call]  # the same

    return run


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 4 MB; skip where that is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(  # the tools of the system under test
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)],  # wherever the system keeps it
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        if "CI" in os.environ:
            pytest.fail(f"no small file system can be mounted: {mounted.stderr.decode()}")
        pytest.skip("a small file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # the same
