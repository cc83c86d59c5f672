"""Tests of `modelport.registry.pickle_scan`: what registering a pickle takes, and what is kept of it."""

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from modelport.registry.content import ModelContent, read_model
from modelport.registry.layout_versions import LayoutVersions
from modelport.registry.metadata import ModelMetadata, read_metadata
from modelport.registry.pickle_scan import RegisteredScan, UntrustedPickleError
from modelport.registry.version import read_version, version_index
from modelport_scoring.check.pickles import SCANNER

from tests.scoring.check.hostile import SYSTEM, call

NOW = datetime(2026, 1, 2, tzinfo=UTC)
EVIL = call("os", "system")
WHY = "no known part of restoring a model"


def content(folder: Path, **files: bytes) -> ModelContent:
    for name, data in files.items():
        path = folder / "net" / name.replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return read_model("net", Path("net"), base=folder)


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path, versions: LayoutVersions) -> None:
    """
    The error names file, callable and byte of the first findings, and the way out; nothing is written.
    """
    more = b"\x80\x02" + SYSTEM + b"".join(b"cm\nf%d\n" % number for number in range(4)) + b"."
    model = content(tmp_path, a_pkl=EVIL, b_pkl=more)
    with pytest.raises(UntrustedPickleError) as raised:
        versions.planned(model, ModelMetadata())
    with pytest.raises(UntrustedPickleError):
        versions.register(model, ModelMetadata(), created=NOW)

    assert (
        "model 'net': loading it may run code that is no known part of a model: 'net/a.pkl' names os.system at byte 2, "
        "'net/b.pkl' names posix.system at byte 2, 'net/b.pkl' names m.f0 at byte 25 and 3 more; "
        "if you know where the file is from, give the model `trust: true`"
    ) == str(raised.value)
    assert not (tmp_path / ".modelport").exists()


def test_what_cannot_be_read_says_why(tmp_path: Path, versions: LayoutVersions) -> None:
    """
    A file that is called a pickle and is none is refused too, with the reason.
    """
    expected = "'net/a.pkl' holds \\(unreadable\\) at byte 1: it holds a byte that is no opcode"
    with pytest.raises(UntrustedPickleError, match=expected):
        versions.planned(content(tmp_path, a_pkl=b"weights"), ModelMetadata())


def test_trust_registers_it_and_is_kept(tmp_path: Path, versions: LayoutVersions) -> None:
    """
    With trust the version says that it was trusted, and what for.
    """
    model = content(tmp_path, a_pkl=EVIL)
    registered = versions.register(model, ModelMetadata(trust=True), created=NOW)
    finding = {"file": "net/a.pkl", "position": 2, "what": "os.system", "why": WHY}

    assert RegisteredScan("trusted", SCANNER, (finding,)) == registered.scan
    assert registered == versions.get("net")


@pytest.mark.parametrize(
    ("data", "verdict"), [(b"weights", "none"), (pickle.dumps({"a": 1}), "clean"), (b"\x08\x07", "none")]
)
def test_the_verdict_is_kept(tmp_path: Path, versions: LayoutVersions, data: bytes, verdict: str) -> None:
    """
    Without findings trust changes nothing: no pickles, or clean ones.
    """
    model = content(tmp_path, weights_bin=data)
    registered = versions.register(model, ModelMetadata(trust=True), created=NOW)

    assert RegisteredScan(verdict, SCANNER) == registered.scan  # type: ignore[arg-type]  # one of the words


def test_trust_is_no_part_of_a_version(tmp_path: Path, versions: LayoutVersions) -> None:
    """
    Neither digest nor number depend on it.
    """
    model = content(tmp_path, a_pkl=pickle.dumps({"a": 1}))
    first = versions.register(model, ModelMetadata(), created=NOW)

    assert first == versions.register(model, ModelMetadata(trust=True), created=NOW)


def test_versions_from_before_the_scan_are_read(tmp_path: Path) -> None:
    """
    A record without a verdict is read: nothing is known of its pickles.
    """
    document = json.loads(version_index(1, content(tmp_path, a_pkl=EVIL), ModelMetadata(), NOW, None))
    document["annotations"] = {key: text for key, text in document["annotations"].items() if "pickle-scan" not in key}

    assert read_version(document).scan is None


def test_trust_is_yes_or_no() -> None:
    """
    Anything else is an error with its path.
    """
    with pytest.raises(Exception, match="trust: 'yes' is neither true nor false"):
        read_metadata({"trust": "yes"}, base=Path())
