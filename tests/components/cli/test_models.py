"""Tests of `modelport.cli.models`."""

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from modelport.cli.models import add_models
from modelport.errors import ModelportError
from modelport.registry.content import read_model
from modelport.registry.errors import ModelInUseError
from modelport.registry.metadata import ModelMetadata
from modelport.registry.open_versions import open_versions

from tests.services.registry import Registry

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `modelport models ...` in a project with two versions of `net` and one of `other`; gives what it prints."""
    monkeypatch.chdir(tmp_path)
    versions = open_versions("oci-layout:.modelport/store", tmp_path)
    for name, data, tags in (("net", b"a", {"team": "risk"}), ("net", b"bb", {}), ("other", b"c", {"team": "x"})):
        (tmp_path / "net").mkdir(exist_ok=True)
        (tmp_path / "net" / "weights").write_bytes(data)
        content = read_model(name, Path("net"), base=tmp_path)
        versions.register(content, ModelMetadata(tags=tags), created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    parser = argparse.ArgumentParser()
    add_models(parser.add_subparsers())

    def call(*words: str) -> str:
        args = parser.parse_args(["models", *words])
        assert 0 == args.handler(args)
        return capsys.readouterr().out

    return call


def test_list_shows_versions_newest_first(run: Run) -> None:
    """
    One line per version: id, framework, size, date, digest.
    """
    lines = [line.split() for line in run("list").splitlines()]

    assert ["MODEL", "FRAMEWORK", "SIZE", "CREATED", "DIGEST"] == lines[0]
    assert ["net:2", "net:1", "other:1"] == [line[0] for line in lines[1:]]
    assert ["Custom", "2", "2026-01-02", "03:04"] == lines[1][1:5]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("net",), ["net:2", "net:1"]),
        (("--latest",), ["net:2", "other:1"]),
        (("--tag", "team"), ["net:1", "other:1"]),
        (("--tag", "team=risk"), ["net:1"]),
        (("--property", "run"), []),
    ],
)
def test_list_can_be_filtered(run: Run, words: tuple[str, ...], expected: list[str]) -> None:
    """
    By name, tag, property and newest; as JSON for programs.
    """
    assert expected == [each["id"] for each in json.loads(run("list", "--json", *words))]


def test_show_tells_what_is_known(run: Run) -> None:
    """
    Both forms have the files; without a version it is the latest.
    """
    document = json.loads(run("show", "net", "--json"))

    assert ("net:2", [{"path": "net/weights", "size": 2}]) == (document["id"], document["files"])
    assert f"digest:            {document['digest']}" in run("show", "net:2").splitlines()
    assert "file:              net/weights (1 bytes)" in run("show", "net:1").splitlines()


def test_pull_puts_the_model_where_it_is_asked_to(run: Run, tmp_path: Path) -> None:
    """
    The model's own folder appears in the target, verified, and is never overwritten.
    """
    assert "out/net\n" == run("pull", "net:1", "--target-dir", "out")
    assert b"a" == (tmp_path / "out" / "net" / "weights").read_bytes()
    assert ["net"] == [path.name for path in (tmp_path / "out").iterdir()]
    with pytest.raises(ModelportError, match="net exists already"):
        run("pull", "net:1", "--target-dir", "out")


def test_rm_erases_one_version(run: Run) -> None:
    """
    It wants a number, and says which there are.
    """
    with pytest.raises(ModelportError, match="say which version of 'net'"):
        run("rm", "net")
    assert "removed net:1\n" == run("rm", "net:1")
    assert ["net:2"] == [each["id"] for each in json.loads(run("list", "--json", "net"))]


def test_a_version_is_a_number(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Anything else is a usage error with an example.
    """
    with pytest.raises(SystemExit):
        run("show", "net:latest")

    assert "a version is a number, such as net:1" in capsys.readouterr().err


@pytest.mark.slow
def test_a_registry_serves_all_four_commands(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    list, show, pull and rm take a registry as store; rm needs --force there.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "weights").write_bytes(b"a")
    content = read_model("net", Path("net"), base=tmp_path)
    open_versions(registry.store, tmp_path).register(content, ModelMetadata(), created=datetime(2026, 1, 2, tzinfo=UTC))
    parser = argparse.ArgumentParser()
    add_models(parser.add_subparsers())

    def call(*words: str) -> str:
        args = parser.parse_args(["models", *words, "--store", registry.store])
        assert 0 == args.handler(args)
        return capsys.readouterr().out

    assert "net:1" in call("list")
    assert "net/weights (1 bytes)" in call("show", "net")
    assert "out/net\n" == call("pull", "net:1", "--target-dir", "out")
    assert b"a" == (tmp_path / "out" / "net" / "weights").read_bytes()
    with pytest.raises(ModelInUseError, match="--force"):
        call("rm", "net:1")
    assert "removed net:1\n" == call("rm", "net:1", "--force")
    assert 1 == len(call("list").splitlines())
