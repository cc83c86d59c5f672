import io
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import engine_release
from tools.engine_errors import EngineError


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line per request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Serve a folder as the release site would; gives folder and address."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 2
            tar.addfile(member, io.BytesIO(b"#!"))
    return content.getvalue()


def test_a_release_is_unpacked_to_bin(site: tuple[Path, str], tmp_path: Path) -> None:
    """
    Every program of the archive ends in ``bin``, may be run, and no name leads out of it.
    """
    (site[0] / engine_release.archive_name()).write_bytes(archive("pulumi/pulumi", "../../pulumi-language-python"))

    engine_release.install(tmp_path / "made", site[1])

    programs = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "made" / "bin").iterdir()}
    assert {"pulumi": 0o755, "pulumi-language-python": 0o755} == programs


def test_a_damaged_release_leaves_nothing(site: tuple[Path, str], tmp_path: Path) -> None:
    """
    An archive that breaks off is an error, and no folder of it stays.
    """
    (site[0] / engine_release.archive_name()).write_bytes(archive("pulumi/pulumi")[:-20])

    with pytest.raises(EngineError, match="cannot be unpacked"):
        engine_release.install(tmp_path / "made", site[1])

    assert ["site"] == [entry.name for entry in tmp_path.iterdir()]


def test_a_missing_release_and_a_dead_site_are_told_apart(site: tuple[Path, str], tmp_path: Path) -> None:
    """
    A site without the archive is not the same as no site; both name the address.
    """
    with pytest.raises(EngineError, match=rf"{site[1]} has no pulumi-v"):
        engine_release.install(tmp_path / "made", site[1])
    with pytest.raises(EngineError, match=r"http://127\.0\.0\.1:9/.* cannot be reached \(.*refused"):
        engine_release.install(tmp_path / "made", "http://127.0.0.1:9")


def test_a_site_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Even a look-up that blocks for good costs no more than the probe's time.
    """
    blocked = threading.Event()

    def block(_url: str, _timeout_s: float) -> bytes:
        blocked.wait()
        return b""

    monkeypatch.setattr(engine_release, "_read", block)
    monkeypatch.setattr(engine_release, "PROBE_S", 0.05)

    with pytest.raises(EngineError, match=r"did not answer within 0\.05 s"):
        engine_release.install(tmp_path / "made", "http://silent.invalid")
    blocked.set()
