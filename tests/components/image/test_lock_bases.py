import json
from dataclasses import replace
from pathlib import Path

import pytest
from modelport.image.base import LockedBase
from modelport.image.lock import Lock, LockedEnvironment, LockError, parse_lock, read_lock, render_lock
from modelport.image.write_lock import merge_lock
from modelport.store.descriptor import LAYER_TYPE, Descriptor
from modelport.workspace import Workspace

LAYER = Descriptor(LAYER_TYPE, "sha256:" + "a" * 64, 7)
BASE = LockedBase(
    reference="docker.io/library/python:3.11-slim",
    platform="linux/amd64",
    digest="sha256:" + "b" * 64,
    layers=(LAYER,),
    diff_ids=("sha256:" + "c" * 64,),
    environment=("PATH=/usr/bin",),
    labels={"a": "b"},
    python="/usr/bin/python3.11",
    python_version="3.11",
    libc="2.36",
    size=7,
)
ASKED = replace(BASE, wanted="3.11")
KEY = "docker.io/library/python:3.11-slim linux/amd64"


def test_bases_are_read_as_they_were_written() -> None:
    """
    Nothing is lost, and one base has an entry for each thing that is asked of it.
    """
    lock = Lock({}, {each.lock_key: each for each in (BASE, ASKED)})

    assert lock == parse_lock(render_lock(lock), "modelport.lock")
    assert [KEY, f"{KEY} 3.11"] == list(lock.bases)


def test_a_lock_without_bases_stays_as_it_was() -> None:
    """
    Services that run as processes need no base: their locks do not change.
    """
    assert {"environments", "version"} == set(json.loads(render_lock(Lock())))


def test_bases_are_merged_beside_environments(tmp_path: Path) -> None:
    """
    A writer adds its base and leaves the rest; a newer base takes the place of the older.
    """
    workspace = Workspace(tmp_path)
    merge_lock(workspace, {"demo": LockedEnvironment(())}, [BASE])
    newer = replace(BASE, digest="sha256:" + "d" * 64)

    merge_lock(workspace, {}, [ASKED])
    merge_lock(workspace, {}, [newer])

    lock = read_lock(workspace.lock_file)
    assert {KEY: newer, f"{KEY} 3.11": ASKED} == lock.bases
    assert ["demo"] == list(lock.environments)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sha256:" + "b" * 64, "sha256:beef"),
        ("sha256:" + "c" * 64, "md5:beef"),
        ('"diffId"', '"diff"'),
        ('"size": 7', '"size": "many"'),
        ('"platform": "linux/amd64"', '"platform": "linux/arm64"'),
        ('"labels": {', '"label": {'),
        ('"layers": [', '"layers": 5, "x": ['),
    ],
)
def test_a_damaged_base_is_an_error_with_the_way_out(old: str, new: str) -> None:
    """
    Digests are checked, and that an entry is under its own name.
    """
    text = render_lock(Lock({}, {KEY: BASE}))
    assert old in text

    with pytest.raises(LockError, match=r"modelport\.lock is damaged \(.*\): restore it from version control"):
        parse_lock(text.replace(old, new), "modelport.lock")
