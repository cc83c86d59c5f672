import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import cache, engine, engine_build, engine_release
from tools.engine_errors import EngineError

MakeEngine = Callable[..., Path]


@pytest.fixture
def make_engine(tmp_path: Path) -> MakeEngine:
    """Make a folder with a `pulumi` that answers *version*, with a language host beside it."""

    def make(version: str, *, host: bool = True, folder: str = "opt") -> Path:
        bin_folder = tmp_path / folder
        bin_folder.mkdir(parents=True)
        (bin_folder / "pulumi").write_text(f"#!/bin/sh\necho {version}\n")
        if host:
            (bin_folder / "pulumi-language-python").write_text("#!/bin/sh\n")
        for program in bin_folder.iterdir():
            program.chmod(0o755)
        return bin_folder

    return make


@pytest.fixture
def no_source(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let neither a release nor a build be had; the list tells what was tried, in order."""
    tried: list[str] = []

    def refuse(source: str) -> Callable[..., None]:
        def attempt(*_arguments: object) -> None:
            tried.append(source)
            msg = f"no {source} here"
            raise EngineError(msg)

        return attempt

    monkeypatch.setattr(engine_release, "install", refuse("release"))
    monkeypatch.setattr(engine_build, "build", refuse("build"))
    return tried


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Return the programs' folder of an engine that an earlier run built."""
    folder = tmp_path / "cache" / "tools" / engine_build.recipe_hash(engine.ROOT / "tools" / "engine-modules") / "bin"
    folder.mkdir(parents=True)
    (folder / "pulumi").touch()
    return folder


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("3.260.1-alpha.5+dirty", (3, 260, 1)),
        ("v4.0.0", (4, 0, 0)),
        ("command not found", ()),
        ("", ()),
    ],
)
def test_versions_are_read_as_numbers(text: str, version: tuple[int, ...]) -> None:
    """
    A release, a pre-release and no version at all are told apart by number, not by text.
    """
    assert version == engine.version_of(text)


@pytest.mark.parametrize("version", ["v3.259.0", "v3.300.2", "v10.0.0"])
def test_a_new_enough_engine_on_path_is_used(
    make_engine: MakeEngine, tmp_path: Path, no_source: list[str], version: str
) -> None:
    """
    What the user has installed comes first, and no link of ours stands before it.
    """
    link = tmp_path / "bin"
    link.symlink_to(tmp_path)

    said = engine.provide(link, tmp_path / "cache", f"/nowhere:{make_engine(version)}")

    assert (f"engine: {tmp_path / 'opt' / 'pulumi'}", False, []) == (said, link.is_symlink(), no_source)


@pytest.mark.parametrize(
    ("version", "host", "reason"),
    [
        ("v3.258.9", 1, "is v3.258.9, older than 3.259"),
        ("v3.259.0", 0, "has no pulumi-language-python beside it"),
        ("nonsense", 1, "is nonsense, older than 3.259"),
    ],
)
def test_an_unfit_engine_is_named_when_there_is_no_other(
    make_engine: MakeEngine, tmp_path: Path, no_source: list[str], version: str, host: int, reason: str
) -> None:
    """
    With nothing to be had, one line gives the reason of each source, tried in order.
    """
    path = str(make_engine(version, host=bool(host)))

    with pytest.raises(EngineError) as raised:
        engine.provide(tmp_path / "bin", tmp_path / "cache", path)

    assert (["release", "build"], "no Pulumi engine to be had.") == (no_source, str(raised.value)[:27])
    for part in (reason, "no release here", "no build here"):
        assert part in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_was_built_before_is_linked(built: Path, tmp_path: Path, no_source: list[str]) -> None:
    """
    A warm cache is found without asking anyone, and the link leads to it, also where an older link stood.
    """
    link = tmp_path / "project" / ".modelport" / "bin"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path)

    engine.provide(link, tmp_path / "cache", "/nowhere")

    assert (built, []) == (link.readlink(), no_source)


def test_our_own_link_on_path_is_no_engine_of_the_users(built: Path, make_engine: MakeEngine, tmp_path: Path) -> None:
    """
    `make` puts the link on PATH; it must not be removed as if the user had installed an engine.
    """
    ours = make_engine("v3.259.0", folder="cache/tools/older/bin")
    link = tmp_path / "link"
    link.symlink_to(ours)

    engine.provide(link, tmp_path / "cache", f"{link}:{ours}")

    assert built == link.readlink()


def test_the_hash_changes_with_every_module_list(tmp_path: Path) -> None:
    """
    Another byte in any list, or the same bytes in another list, is another engine.
    """
    hashes: list[str] = []
    for name, content in [("a/go.mod", "x"), ("a/go.mod", "y"), ("a/go.sum", "x"), ("b/go.mod", "x")]:
        modules = tmp_path / str(len(hashes))
        (modules / name).parent.mkdir(parents=True)
        (modules / name).write_text(content)
        hashes.append(engine_build.recipe_hash(modules))

    assert len(hashes) == len(set(hashes))


def test_two_at_once_make_it_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    The second process waits and uses what the first made.
    """
    made: list[Path] = []
    started = threading.Event()

    def install(folder: Path) -> None:
        started.wait(5)
        made.append(folder)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "pulumi").touch()

    monkeypatch.setattr(engine_release, "install", install)
    runs = [
        threading.Thread(target=engine.provide, args=(tmp_path / f"link{n}", tmp_path / "cache", "")) for n in (1, 2)
    ]
    for run in runs:
        run.start()
    started.set()
    for run in runs:
        run.join()

    assert 1 == len(made)
    assert (tmp_path / "link1").resolve() == (tmp_path / "link2").resolve()


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """
    The error names the folder and the variable that moves it.
    """
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(cache.CacheError, match=r"cannot write to the cache folder .*cache/tools.*XDG_CACHE_HOME"):
        engine.provide(tmp_path / "bin", tmp_path / "cache", "")


def test_the_cache_folder_is_the_librarys_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    The script and the library, which cannot share code, name one folder; XDG_CACHE_HOME moves both.
    """
    from modelport.cli.environment import cache_folder  # noqa: PLC0415 - only here do the two meet

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == cache.cache_folder()

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert (tmp_path / "modelport", tmp_path / "modelport") == (cache_folder(), cache.cache_folder())


def test_sha256_is_what_releases_are_checked_with() -> None:
    """
    A list of sums that names another digest refuses the archive; one that does not name it lets it pass.
    """
    digest = hashlib.sha256(b"good").hexdigest()

    engine_release._check("a.tar.gz", b"good", f"{digest}  a.tar.gz\n".encode())
    engine_release._check("a.tar.gz", b"good", b"<html>not a list</html>")
    with pytest.raises(EngineError, match=r"a\.tar\.gz arrived with sha256 .*, the release says " + digest):
        engine_release._check("a.tar.gz", b"bad", f"{digest} *a.tar.gz\n".encode())
