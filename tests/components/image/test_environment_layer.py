"""Tests of `modelport.image.environment_layer` and `modelport.image.installed_files`."""

import base64
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from modelport.errors import ModelportError
from modelport.image.environment import Environment
from modelport.image.environment_layer import environment_layer, make_environment_layer
from modelport.image.lock import LockedPackage
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.progress import silent
from modelport.store.descriptor import digest_of
from modelport.workspace import Workspace

MakeWheel = Callable[..., Path]
LINUX = Platform("linux", "amd64", "3.12")
PASSWORD = "hunter2-of-the-index"


@pytest.fixture
def environment(make_wheel: MakeWheel) -> Environment:
    """Make an environment of one wheel, for a platform that need not be this machine's."""
    wheel = make_wheel("alpha", "1.0", data="x" * 1000)
    package = LockedPackage("alpha", "1.0", (digest_of(wheel.read_bytes()),))
    return Environment((package,), LINUX, Requirements((), "none", (), ("wheels",)))


def _members(file: Path) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(file.read_bytes()))) as archive:
        return {each.name: content.read() for each in archive if (content := archive.extractfile(each))}


def test_it_holds_the_packages_and_nothing_of_this_machine(project: Path, environment: Environment) -> None:
    """
    Commands and the installer's notes stay out; metadata stays, with a record of what is there.
    """
    made = make_environment_layer(Workspace(project), environment)

    top = "opt/modelport/environment/lib/python3.12/site-packages"
    members = _members(made.file)
    names = ("alpha.py", "alpha.txt", *(f"alpha-1.0.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL")))
    assert {f"{top}/{name}" for name in (*names, "alpha-1.0.dist-info/entry_points.txt")} == set(members)
    recorded = [line.split(b",")[0] for line in members[f"{top}/alpha-1.0.dist-info/RECORD"].splitlines()]
    assert sorted(recorded) == recorded
    assert {name.removeprefix(f"{top}/").encode() for name in members} == set(recorded)
    assert not any(str(project).encode() in data for data in members.values())


def test_two_projects_make_the_same_bytes(project: Path, tmp_path: Path, environment: Environment) -> None:
    """
    Another folder and another umask give the same layer; the second one in a project is not made again.
    """
    other = tmp_path / "elsewhere" / "project"
    shutil.copytree(project, other)
    one = make_environment_layer(Workspace(project), environment)
    before = os.umask(0o077)
    try:
        two = make_environment_layer(Workspace(other), environment)
    finally:
        os.umask(before)
    changed = two.file.stat().st_mtime_ns

    assert one.locked == two.locked
    assert one.file.read_bytes() == two.file.read_bytes()
    assert changed == make_environment_layer(Workspace(other), environment).file.stat().st_mtime_ns


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_makes_the_same_bytes(project: Path, tmp_path: Path, environment: Environment) -> None:
    """
    Owner, home folder and cache of the user who builds do not matter.
    """
    shared = Path("/tmp") / f"modelport-{os.getpid()}"  # noqa: S108 - the tests' own folder is closed to other users
    shutil.copytree(project, shared)
    shutil.chown(shared, "nobody")
    # It may read (not write) what is closed to it: this Python may lie in root's home folder.
    reads = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    become = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *reads)
    code = (
        "import sys; from pathlib import Path; from tests.components.image import test_environment_layer as t; "
        "t.make_again(Path(sys.argv[1]), sys.argv[2])"
    )
    digest = environment.packages[0].hashes[0]
    try:
        made = subprocess.run(
            [*become, sys.executable, "-c", code, shared, digest],
            env={"HOME": str(shared), "UV_CACHE_DIR": str(shared / "cache"), "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(shared)

    assert make_environment_layer(Workspace(project), environment).locked.digest == made.stdout.strip(), made.stderr


def make_again(project: Path, digest: str) -> None:
    """Make the layer in another process."""
    requirements = Requirements((), "none", (), ("wheels",))
    again = Environment((LockedPackage("alpha", "1.0", (digest,)),), LINUX, requirements)
    print(make_environment_layer(Workspace(project), again).locked.digest)


def test_bytes_other_than_the_locks_are_refused(project: Path, environment: Environment) -> None:
    """
    The error names both digests, what made each, and the way out.
    """
    locked = make_environment_layer(Workspace(project), environment).locked
    other = replace(locked, digest="sha256:" + "0" * 64, made_by="deflate 0.1 level 6, uv 0.1")
    layer = environment_layer(environment, other, Workspace(project), silent)

    with pytest.raises(ModelportError, match=r"deflate 0\.9\.0 .* but modelport\.lock has sha256:0+ .*deflate 0\.1.*`"):
        list(layer.open())


def test_what_fails_leaves_nothing(project: Path, environment: Environment) -> None:
    """
    A wheel that is not the locked one is refused, and no half of a layer stays.
    """
    wrong = replace(environment, packages=(LockedPackage("alpha", "1.0", ("sha256:" + "1" * 64,)),))

    with pytest.raises(ModelportError, match="alpha"):
        make_environment_layer(Workspace(project), wrong)

    assert [] == [each for each in Workspace(project).layers.iterdir() if not each.name.endswith(".guard")]


@pytest.fixture
def private_index(project: Path, environment: Environment) -> Iterator[str]:
    """Serve the wheel from an index that asks for a password; gives its URL without one."""
    [wheel] = (project / "wheels").iterdir()
    expected = "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != expected:
                self.send_response(401)
                self.send_header("WWW-Authenticate", "Basic")
                self.end_headers()
                return
            is_wheel = self.path.endswith(".whl")
            data = wheel.read_bytes() if is_wheel else f'<a href="/{wheel.name}">{wheel.name}</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream" if is_wheel else "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def test_no_password_of_an_index_gets_into_a_layer(
    project: Path, environment: Environment, private_index: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    The index is asked with its password, and neither the layer nor what is kept beside it holds that or the URL.
    """
    monkeypatch.setenv("UV_DEFAULT_INDEX", private_index.replace("//", f"//user:{PASSWORD}@"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    from_index = replace(environment, requirements=Requirements())

    made = make_environment_layer(Workspace(project), from_index)

    kept = [each.read_bytes() for each in made.file.parent.iterdir()] + list(_members(made.file).values())
    assert len(kept) > 5
    assert not [data for data in kept if PASSWORD.encode() in data or private_index.encode() in data]
