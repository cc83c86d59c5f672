"""The provider's process: one gRPC server, which leaves when the engine does."""

import os
import signal
import sys
import threading
from concurrent import futures
from importlib.metadata import version
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from modelport.provider.resource import Resource, Session
from modelport.provider.servicer import Servicer
from modelport.workspace import Workspace

_MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # what the engine itself allows
_PARENT_CHECK_S = 0.5
_STOP_GRACE_S = 10.0
"""How long calls in flight may take to put back what they began, after Cancel or SIGINT."""


def serve() -> None:
    """Run until Cancel, SIGINT, SIGTERM or the end of the engine."""
    session = Session(Workspace(project_root(Path.cwd())))
    run_server(Servicer(session, resources(), version("modelport"), engine_address(sys.argv)), session)


def run_server(servicer: Servicer, session: Session) -> None:
    """Serve *servicer* on a free port, whose number is the first line of standard output, until it is told to stop."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=32),
        options=[("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", -1)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _leave(session, servicer))
    threading.Thread(target=_watch_parent, args=(os.getppid(), session, servicer), daemon=True).start()
    print(port, flush=True)  # noqa: T201 - the protocol: the first line of standard output is the port
    servicer.stopping.wait()
    server.stop(_STOP_GRACE_S).wait()


def resources() -> dict[str, Resource]:
    """Every resource type by token."""
    from modelport.provider.image_build import ImageBuild  # noqa: PLC0415 - each pulls in its room
    from modelport.provider.loaded_image import LoadedImage  # noqa: PLC0415
    from modelport.provider.local_process import LocalProcess  # noqa: PLC0415
    from modelport.provider.model_version import ModelVersion  # noqa: PLC0415
    from modelport.provider.service_key import ServiceKey  # noqa: PLC0415

    known: list[Resource] = [ModelVersion(), ImageBuild(), LocalProcess(), LoadedImage(), ServiceKey()]
    return {resource.token: resource for resource in known}


def engine_address(arguments: list[str]) -> str:
    """Find the engine's address among *arguments*: the last that is no flag; empty when started by hand."""
    return next((argument for argument in reversed(arguments[1:]) if not argument.startswith("-")), "")


def project_root(start: Path) -> Path:
    """Find the folder of `Pulumi.yaml` at or above *start*; *start* itself when there is none."""
    return next((folder for folder in (start, *start.parents) if (folder / "Pulumi.yaml").is_file()), start)


def _leave(session: Session, servicer: Servicer) -> None:
    session.cancelled.set()
    servicer.stopping.set()


def _watch_parent(parent: int, session: Session, servicer: Servicer) -> None:
    """Leave when the engine was killed: nobody would ever read what we do."""
    while not servicer.stopping.wait(_PARENT_CHECK_S):
        if os.getppid() != parent:
            _leave(session, servicer)
