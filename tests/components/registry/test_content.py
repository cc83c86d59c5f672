"""Tests of `modelport.registry.content`."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelport.errors import CancelledError
from modelport.naming import MODEL_NAME
from modelport.registry.content import read_model
from modelport.registry.errors import ModelNameError

_trees = st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "e.onnx"]), st.binary(min_size=1), min_size=1)
_quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


def _write(folder: Path, tree: dict[str, bytes]) -> None:
    for name, data in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@_quick
@given(_trees, st.sampled_from([0o600, 0o755]), st.integers(0, 2**31))
def test_the_digest_depends_on_names_and_bytes_only(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, bytes], mode: int, time: int
) -> None:
    """
    Another place, other times and modes, and an empty folder beside it: the same digest.
    """
    one, other = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    _write(one / "model", tree)
    _write(other / "deeper" / "model", dict(reversed(tree.items())))
    (other / "deeper" / "model" / "empty").mkdir()
    for path in other.rglob("*"):
        if path.is_file():
            path.chmod(mode)
            os.utime(path, (time, time))

    first = read_model("m", Path("model"), base=one)
    second = read_model("m", other / "deeper" / "model", base=one)
    assert first.manifest == second.manifest


@_quick
@given(_trees, st.data())
def test_every_byte_and_every_name_counts(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, bytes], data: st.DataObject
) -> None:
    """
    One changed byte, one renamed file, another model name: another digest each.
    """
    base = tmp_path_factory.mktemp("project")
    _write(base / "model", tree)
    digests = [read_model(name, Path("model"), base=base).digest for name in ("m", "n")]
    changed = base / "model" / data.draw(st.sampled_from(sorted(tree)))
    content = bytearray(changed.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1
    changed.write_bytes(content)
    digests.append(read_model("m", Path("model"), base=base).digest)
    changed.rename(changed.with_name("renamed"))
    digests.append(read_model("m", Path("model"), base=base).digest)

    assert 4 == len(set(digests))


def test_the_digest_stays_the_same_over_releases(tmp_path: Path) -> None:
    """
    One golden digest: a change here would replace every service.
    """
    _write(tmp_path / "model", {"a": b"a", "b/c": b"c"})
    expected = "sha256:477d391b46bb26159d16d714281640a7299c7d3fc9c6a639121910261a04b0f9"

    assert expected == read_model("diabetes", Path("model"), base=tmp_path).digest


def test_reading_writes_nothing(tmp_path: Path) -> None:
    """
    A preview leaves the project as it was.
    """
    _write(tmp_path / "model", {"a": b"a"})
    before = sorted(tmp_path.rglob("*"))
    content = read_model("m", Path("model"), base=tmp_path)

    assert before == sorted(tmp_path.rglob("*"))
    assert ([file.path for file in content.files], content.size) == (["model/a"], 1)


@given(st.text(max_size=300).filter(lambda name: not MODEL_NAME.fullmatch(name)))
def test_a_name_outside_the_rules_is_refused(name: str) -> None:
    """
    The name is checked before the path is looked at.
    """
    with pytest.raises(ModelNameError, match="is not allowed: 1 to 255 letters"):
        read_model(name, Path("nothing"), base=Path("/nowhere"))


def test_reading_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Progress is told while bytes are read, and its exception ends the reading.
    """
    monkeypatch.setattr("modelport.store.meter._TELL_EVERY_S", 0)
    _write(tmp_path, {"weights": bytes(3_000_000)})
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        read_model("m", Path("weights"), base=tmp_path, progress=tell)
    assert "reading m: 1 of 3 MB" == lines[-1]
