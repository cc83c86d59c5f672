"""A server per script: ours, or Azure ML's where `CONTRACT_PEER` names an interpreter that has it."""

import http.client
import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.scoring.conftest import free_port

PEER: Final = os.environ.get("CONTRACT_PEER", "")
PATIENCE_S: Final = 30.0
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """What came back; names of headers in lowercase, in their order."""

    status: int
    pairs: list[tuple[str, str]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The last of each name."""
        return dict(self.pairs)

    @property
    def json(self) -> Any:  # noqa: ANN401  JSON
        """The body."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The text of an error."""
        text: str = self.json["message"]
        return text


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    log: Path

    def ask(
        self,
        path: str = "/score",
        body: bytes | str | None = None,
        *,
        method: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> Reply:
        """Send one request: a POST of *body*, else a GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.putrequest(method or ("GET" if body is None else "POST"), path)
            data = body.encode() if isinstance(body, str) else body
            for name, value in (
                *dict(headers).items(),
                *([("Content-Length", str(len(data)))] if data is not None else []),
            ):
                connection.putheader(name, value)
            connection.endheaders(data)
            response = connection.getresponse()
            pairs = [(name.lower(), value) for name, value in response.getheaders()]
            return Reply(response.status, pairs, response.read())
        finally:
            connection.close()

    def score(self, document: object, **more: str) -> Reply:
        """POST *document* as JSON."""
        return self.ask(
            body=json.dumps(document), headers=JSON | {name.replace("_", "-"): text for name, text in more.items()}
        )


@dataclass(frozen=True)
class Ended:
    """A server that did not start."""

    code: int
    output: str


class Starter:
    """Starts servers in folders of their own, each script once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, Running] = {}
        self._processes: list[subprocess.Popen[bytes]] = []

    def __call__(
        self,
        script: str,
        *,
        files: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        entry: str = "score.py",
    ) -> Running:
        """Give a server of *script*, with *files* in its app root and *environment*; it may be shared by tests."""
        key = json.dumps([script, dict(files or {}), dict(environment or {}), entry])
        if key not in self._running:
            process, port, log = self._start(script, files or {}, environment or {}, entry)
            running = Running(port, log)
            deadline = time.monotonic() + PATIENCE_S
            while True:
                try:
                    running.ask("/")
                    break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.05)
            self._running[key] = running
        return self._running[key]

    def ended(
        self, script: str, *, files: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
    ) -> Ended:
        """Start a server that is expected to end by itself."""
        process, _, log = self._start(script, files or {}, environment or {}, "score.py")
        return Ended(process.wait(PATIENCE_S * 2), log.read_text())

    def _start(
        self, script: str, files: Mapping[str, str], environment: Mapping[str, str], entry: str
    ) -> tuple["subprocess.Popen[bytes]", int, Path]:
        root = self._folder / str(len(self._processes))
        for name, text in {entry: textwrap.dedent(script), **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        port = free_port()
        module = "azureml_inference_server_http" if PEER else "modelport_scoring"
        command = [PEER or sys.executable, *([] if PEER else ["-P"]), "-m", module, "--entry_script", entry]
        scripts = str(Path(PEER or sys.executable).parent)
        given = {"PATH": f"{scripts}:{os.environ['PATH']}", "AML_APP_ROOT": str(root), "PYTHONUNBUFFERED": "1"}
        log = root / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--port", str(port)],
                cwd=root,
                env={name: text.replace("ROOT", str(root)) for name, text in (given | dict(environment)).items()},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes.append(process)
        return process, port, log

    def end(self) -> None:
        """End them all."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


Start = Callable[..., Running]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """Start servers; they are ended with the tests."""
    starter = Starter(tmp_path_factory.mktemp("contract"))
    yield starter
    starter.end()


@pytest.fixture
def is_peer() -> bool:
    """Azure ML's server is asked, not ours: where a better answer is given, the test says which is whose."""
    return bool(PEER)
