import os
from pathlib import Path

import pytest

from tools import engine, engine_build
from tools.engine_errors import EngineError

MODULES = engine.ROOT / "tools" / "engine-modules"

FAKE_GO = """#!/bin/sh
case "$1 $2" in
  "env GOVERSION") echo {version};;
  "list -mod=readonly") echo "{sdk}";;
  build*)
    mkdir -p "$GOMODCACHE/module" && touch "$GOMODCACHE/module/file" && chmod 0555 "$GOMODCACHE/module"
    echo "$PWD" >> "{log}"
    {build}
    while [ "$1" != -o ]; do shift; done
    echo binary > "$2";;
esac
"""


@pytest.fixture
def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "FakeGo":
    """Put a `go` on PATH that answers like the real one."""
    return FakeGo(tmp_path, monkeypatch)


class FakeGo:
    """A stand-in for `go` whose build says what a test wants it to say."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "go-bin"
        self.folder.mkdir()
        self.sdk = folder / "sdk"
        self.log = folder / "builds"
        for script in engine_build.SCRIPTS:
            (self.sdk / script).parent.mkdir(parents=True)
            (self.sdk / script).write_text("#!/bin/sh\n")
        monkeypatch.setenv("PATH", f"{self.folder}:/usr/bin:/bin")
        self.behave()

    def behave(self, version: str = "go1.26.8", build: str = ":") -> None:
        """Let `go` be of *version*, and run the shell line *build* in every build."""
        text = FAKE_GO.format(version=version, build=build, sdk=self.sdk, log=self.log)
        (self.folder / "go").write_text(text)
        (self.folder / "go").chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder to be made, in an existing cache."""
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache" / "0f3a"


def test_a_build_holds_both_programs_and_both_scripts(fake_go: FakeGo, folder: Path) -> None:
    """
    All four can be run, each program is built from its own list, and nothing else of the build stays.
    """
    engine_build.build(MODULES, folder)

    names = ["pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"]
    assert names == sorted(file.name for file in (folder / "bin").iterdir())
    assert all(os.access(folder / "bin" / name, os.X_OK) for name in names[2:])
    assert [str(MODULES / name) for name in names[:2]] == fake_go.log.read_text().split()
    assert ["0f3a"] == [entry.name for entry in folder.parent.iterdir()]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            "echo 'go: x@v1: Get \"https://p\": dial tcp: lookup p: no such host' >&2; exit 1",
            "cannot be fetched (go: x",
        ),
        ("echo golang.org/x/sys >&2; echo '# y: compile: no space left on device' >&2; exit 1", "does not build (# y:"),
        ("exit 2", "does not build (go build said nothing)"),
    ],
)
def test_a_failed_build_gives_its_cause_in_one_line(fake_go: FakeGo, folder: Path, build: str, message: str) -> None:
    """
    The cause is what Go said last; an unreachable network is named as such; nothing half-made stays.
    """
    fake_go.behave(build=build)

    with pytest.raises(EngineError) as raised:
        engine_build.build(MODULES, folder)

    assert message in str(raised.value)
    assert [] == list(folder.parent.iterdir())


def test_an_interrupted_build_leaves_nothing(fake_go: FakeGo, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Ctrl-C removes what was begun, and what a killed run left is removed by the next.
    """
    (folder.parent / "0f3a.building" / "modules").mkdir(parents=True)

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine_build._Build, "run", interrupt)

    with pytest.raises(KeyboardInterrupt):
        engine_build.build(MODULES, folder)

    assert [] == list(folder.parent.iterdir())


@pytest.mark.parametrize(
    ("version", "message"), [("go1.20.14", "go1.20.14 is too old, 1.21 is needed"), ("", "go is too old")]
)
def test_an_old_go_is_named_with_the_way_out(fake_go: FakeGo, folder: Path, version: str, message: str) -> None:
    """
    A Go that cannot fetch a newer one is refused before anything is downloaded.
    """
    fake_go.behave(version=version)

    with pytest.raises(EngineError, match=rf"{message}.*https://go\.dev/dl/.*make tools"):
        engine_build.build(MODULES, folder)

    assert not fake_go.log.exists()


def test_a_missing_go_is_named_with_the_way_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without Go the error says so and where both Go and Pulumi come from.
    """
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(EngineError, match=r"go cannot be run \(No such file.*go\.dev/dl/ or Pulumi from .*make tools"):
        engine_build.build(MODULES, folder)


def test_too_little_disk_is_found_before_the_build(
    fake_go: FakeGo, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The error gives what is free, what is needed, where, and how to go elsewhere.
    """
    monkeypatch.setattr(engine_build, "DISK_BYTES", 2**60)

    with pytest.raises(EngineError, match=rf"{folder.parent} has [\d.]+ GB free, 1073741824 GB .* XDG_CACHE_HOME"):
        engine_build.build(MODULES, folder)

    assert not fake_go.log.exists()


def test_everything_go_writes_lies_in_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Caches, temporary files and telemetry stay below the folder; the user's proxy and settings count.
    """
    monkeypatch.setenv("GOPROXY", "https://proxy.example.com")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home-of-settings")
    monkeypatch.delenv("GOENV", raising=False)

    environment = engine_build.go_environment(tmp_path)

    below = {"GOPATH", "GOMODCACHE", "GOCACHE", "GOTMPDIR", "XDG_CONFIG_HOME"}
    assert below == {name for name in below if Path(environment[name]).is_relative_to(tmp_path)}
    assert "https://proxy.example.com" == environment["GOPROXY"]
    assert "/home-of-settings/go/env" == environment["GOENV"]
