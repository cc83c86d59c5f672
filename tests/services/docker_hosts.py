"""The Docker daemon of this machine as if of another: over TLS, and behind an `ssh` that only seems to leave."""

import asyncio
import contextlib
import shutil
import ssl
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.services.certificates import make_certificates
from tests.services.scoring_container import docker

SOCKET = "/var/run/docker.sock"
SSH = """#!/bin/sh
# Stands in for ssh: what is behind the host's name is run here.
echo "$@" >> "{log}"
while [ "${{1#docker}}" = "$1" ]; do shift; done
exec $*
"""


@contextlib.contextmanager
def base_in_daemon(layout: Path) -> Iterator[str]:
    """Give the base image of *layout* (one layer) a name in the daemon, for a Dockerfile's FROM; taken away after."""
    name = f"modelport-test-base:{uuid.uuid4().hex[:12]}"
    [layer] = [path for path in (layout / "blobs" / "sha256").iterdir() if path.stat().st_size > 1 << 20]
    docker("import", str(layer), name)
    try:
        yield name
    finally:
        docker("image", "rm", "--force", name)


def write_ssh(folder: Path) -> Path:
    """Write a program `ssh` into *folder*, for the front of a PATH; give the file with what it was asked."""
    folder.mkdir(parents=True)
    log = folder / "asked"
    (folder / "ssh").write_text(SSH.format(log=log))
    (folder / "ssh").chmod(0o755)
    return log


class TlsHost:
    """``tcp://`` on this machine that takes only clients with a certificate from *folder* (DOCKER_CERT_PATH's form)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        made = make_certificates(folder)
        for source, name in ((made.authority, "ca.pem"), (made.certificate, "cert.pem")):
            shutil.copy(source, folder / name)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.port = 0

    @property
    def url(self) -> str:
        """The value of `docker_host`."""
        return f"tcp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await asyncio.open_unix_connection(SOCKET)
        await asyncio.gather(_copy(reader, downstream), _copy(upstream, writer))
        for each in (downstream, writer):
            each.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(1 << 16):
            target.write(chunk)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()
        else:
            target.close()
