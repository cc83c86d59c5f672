import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from modelport.cli import main
from modelport.cli.engine import Engine
from modelport.cli.project import Project

SAMPLE = b'{"data": [[1]]}'


class Scorer(BaseHTTPRequestHandler):
    """A stand-in for a service: answers what it was sent, or refuses without the key."""

    seen: ClassVar[list[tuple[str | None, bytes]]] = []

    def do_POST(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.headers["Content-Type"], body))
        allowed = self.headers["Authorization"] == "Bearer sesame"
        answer = b"[2]" if allowed else b"An unexpected\n  error"
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Run the stand-in; gives its address."""
    Scorer.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Scorer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/score"
        server.shutdown()
        thread.join()


@pytest.fixture
def up(project: Project, url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let the stack's outputs name the stand-in as service `digits`; the test may change them."""
    folder = project.root / "digits"
    folder.mkdir()
    (folder / "sample-request.json").write_bytes(SAMPLE)
    settings = {"config": {"modelport:services": {"digits": {"models": [{"path": "digits/digits.onnx"}]}}}}
    project.stack_file("dev").write_text(json.dumps(settings))
    outputs = {"endpoints": {"digits": {"scoring_url": url}}, "keys": {"digits": {"primary": "sesame"}}}
    monkeypatch.setattr(Engine, "__init__", lambda *_arguments: None)
    monkeypatch.setattr(Engine, "outputs", lambda _engine: outputs)
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    return outputs


def test_the_sample_is_posted_by_default(up: dict[str, Any], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """
    Without file or pipe the service's example request goes out with the primary key, past any proxy.
    """
    code = main(["invoke", "digits"])

    assert (0, [("application/json", SAMPLE)], b"[2]\n") == (code, Scorer.seen, capfdbinary.readouterr().out)


@pytest.mark.parametrize(("arguments", "body"), [([], b"piped"), (["-"], b"piped"), (["digits/x.png"], b"image")])
def test_a_file_or_a_pipe_comes_before_the_sample(
    up: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], body: bytes
) -> None:
    """
    What the user hands over is what is sent; a file's name tells its type.
    """
    Path("digits/x.png").write_bytes(b"image")
    (tmp_path / "input").write_bytes(b"piped")
    with (tmp_path / "input").open() as standard_input:
        monkeypatch.setattr("sys.stdin", standard_input)
        main(["invoke", "digits", *arguments])

    content_type = "image/png" if arguments == ["digits/x.png"] else "application/json"
    assert [(content_type, body)] == Scorer.seen


def test_a_refusal_is_one_line_with_its_status(up: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """
    Anything but 200 is exit code 1; the key is not in the message.
    """
    up["keys"]["digits"]["primary"] = "wrong-key"

    code = main(["invoke", "digits"])

    said = capsys.readouterr().err
    assert (1, "modelport: service 'digits' answered 401: An unexpected error\n") == (code, said)


def test_a_service_that_is_down_is_named(up: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """
    The error names address and way out.
    """
    up["endpoints"]["digits"]["scoring_url"] = "http://127.0.0.1:9/score"

    assert 1 == main(["invoke", "digits"])
    assert "'digits' cannot be reached at http://127.0.0.1:9/score" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["invoke", "digit"], "there is no service 'digit' in this stack; there are: digits"),
        (["invoke", "digits", "none.json"], "none.json cannot be read: No such file or directory"),
        (["keys", "digit"], "there is no service 'digit' in this stack; there are: digits"),
    ],
)
def test_what_does_not_exist_is_named(
    up: dict[str, Any], capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """
    One line, exit code 1.
    """
    assert (1, f"modelport: {message}\n") == (main(arguments), capsys.readouterr().err)


def test_a_service_without_keys_is_called_without_one(up: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """
    No header is made up, and asking for its keys says so.
    """
    up["keys"].clear()

    main(["invoke", "digits"])
    main(["keys", "digits", "primary"])

    said = capsys.readouterr().err.splitlines()
    expected = ["service 'digits' answered 401: An unexpected error", "service 'digits' takes no keys"]
    assert [f"modelport: {line}" for line in expected] == said


def test_outputs_and_keys_are_json_and_one_key_is_text(up: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """
    Scripts read the JSON; a curl line reads the one key.
    """
    main(["outputs"])
    main(["keys"])
    shown = capsys.readouterr().out
    main(["keys", "digits", "primary"])

    decoder = json.JSONDecoder()
    endpoints, end = decoder.raw_decode(shown)
    assert (up["endpoints"], up["keys"]) == (endpoints, json.loads(shown[end:]))
    assert "sesame\n" == capsys.readouterr().out


def test_a_closed_standard_input_is_no_pipe(up: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where there is no standard input at all, the sample is sent.
    """
    monkeypatch.setattr("sys.stdin", io.StringIO("not a file"))

    main(["invoke", "digits"])

    assert [("application/json", SAMPLE)] == Scorer.seen
