"""Drives the provider's own process over gRPC, as the engine does."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import grpc
from google.protobuf import empty_pb2
from modelport.provider.values import Properties, Secret, decode, encode
from pulumi.runtime.proto import provider_pb2 as messages
from pulumi.runtime.proto import provider_pb2_grpc

ENVIRONMENT = ("PATH", "HOME", "LANG", "UV_CACHE_DIR", "XDG_CACHE_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass
class Difference:
    """What Diff answered."""

    changes: set[str]
    replaces: set[str]


class ProviderProcess:
    """A running provider in *project* (the folder of its `Pulumi.yaml`), for stack *stack*."""

    def __init__(self, project: Path, *, stack: str = "dev", environment: dict[str, str] | None = None) -> None:
        passed = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        self.stack = stack
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "modelport.provider"],
            cwd=project,
            env={**passed, "PULUMI_BACKEND_URL": "file:///backend", **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self.process.stdout is None:
            raise AssertionError
        self.port = int(self.process.stdout.readline())
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Handshake(messages.ProviderHandshakeRequest())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(grpc.RpcError):  # a test may have ended it
            self.stub.Cancel(empty_pb2.Empty())
        self.process.communicate(timeout=30)
        self.channel.close()

    def urn(self, kind: str, name: str) -> str:
        """Name a resource as the engine does."""
        return f"urn:pulumi:{self.stack}::project::modelport:index:{kind}::{name}"

    def check(self, kind: str, name: str, news: Properties, olds: Properties | None = None) -> Properties:
        """Check inputs; fails the test when they are refused."""
        answer = self._check(kind, name, news, olds)
        refused = [f"{failure.property}: {failure.reason}" for failure in answer.failures]
        if refused:
            raise AssertionError(refused)
        return decode(answer.inputs)

    def refusals(self, kind: str, name: str, news: Properties, olds: Properties | None = None) -> list[tuple[str, str]]:
        """Check inputs; return property and reason of every refusal."""
        answer = self._check(kind, name, news, olds)
        return [(failure.property, failure.reason) for failure in answer.failures]

    def diff(self, kind: str, name: str, olds: Properties, outputs: Properties, news: Properties) -> Difference:
        """Compare checked inputs."""
        answer = self.stub.Diff(
            messages.DiffRequest(
                id=name,
                urn=self.urn(kind, name),
                old_inputs=encode(olds),
                olds=encode(outputs),
                news=encode(news),
            )
        )
        return Difference(set(answer.diffs), set(answer.replaces))

    def create(self, kind: str, name: str, inputs: Properties, *, preview: bool = False) -> Properties:
        """Create, or foretell the outputs."""
        answer = self.stub.Create(
            messages.CreateRequest(urn=self.urn(kind, name), properties=encode(inputs), preview=preview)
        )
        return decode(answer.properties)

    def update(
        self, kind: str, name: str, outputs: Properties, inputs: Properties, *, preview: bool = False
    ) -> Properties:
        """Update, or foretell the outputs."""
        answer = self.stub.Update(
            messages.UpdateRequest(
                id=name, urn=self.urn(kind, name), olds=encode(outputs), news=encode(inputs), preview=preview
            )
        )
        return decode(answer.properties)

    def read(self, kind: str, name: str, inputs: Properties, outputs: Properties) -> Properties | None:
        """Refresh; ``None`` when the resource is gone."""
        answer = self.stub.Read(
            messages.ReadRequest(id=name, urn=self.urn(kind, name), inputs=encode(inputs), properties=encode(outputs))
        )
        return decode(answer.properties) if answer.id else None

    def delete(self, kind: str, name: str, outputs: Properties) -> None:
        """Delete."""
        self.stub.Delete(messages.DeleteRequest(id=name, urn=self.urn(kind, name), properties=encode(outputs)))

    def _check(self, kind: str, name: str, news: Properties, olds: Properties | None) -> messages.CheckResponse:
        answer: messages.CheckResponse = self.stub.Check(
            messages.CheckRequest(urn=self.urn(kind, name), news=encode(news), olds=encode(olds or {}))
        )
        return answer


def text(properties: Properties, name: str) -> str:
    """Read a text property, secret or not."""
    value = properties[name]
    return str(value.value if isinstance(value, Secret) else value)
