"""Tests of `modelport.image.layers` and `modelport.image.own_layers`."""

import gzip
import io
import os
import tarfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelport.image.layers import LayerKind, packed_layer, with_folders
from modelport.image.own_layers import links_layer, runtime_layer, script_layer
from modelport.image.runtime_files import runtime_files
from modelport.image.script_files import script_files
from modelport.store.descriptor import digest_of
from modelport.store.tar import TarEntry

from tests.components.image.bases import BASE, model_layer

_NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
_TREES = st.dictionaries(_NAMES, st.tuples(st.binary(max_size=100), st.booleans()), min_size=1, max_size=5)


def _members(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as archive:
        return {each.name: each for each in archive}


def _clone(root: Path, tree: dict[str, tuple[bytes, bool]], random: Random, mask: int, time: int) -> Path:
    """Write *tree* as one clone of many: in its own order, under its own umask, at its own time."""
    names = sorted(tree)
    random.shuffle(names)
    before = os.umask(mask)
    try:
        root.mkdir()
        for name in names:
            data, executable = tree[name]
            (root / name).write_bytes(data)
            (root / name).chmod((0o777 if executable else 0o666) & ~mask | 0o400)
            os.utime(root / name, (time, time))
    finally:
        os.umask(before)
    return root


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(_TREES, st.randoms(), st.sampled_from([0o022, 0o077, 0o002]), st.integers(0, 2**31))
def test_two_clones_give_one_layer(
    tmp_path_factory: pytest.TempPathFactory,
    tree: dict[str, tuple[bytes, bool]],
    random: Random,
    mask: int,
    time: int,
) -> None:
    """
    Place, order, umask and times of the script's files do not matter.
    """
    folder = tmp_path_factory.mktemp("clones")
    one = _clone(folder / "one", tree, random, 0o022, 1)
    two = _clone(folder / "two", tree, random, mask, time)

    assert script_layer(script_files(one, one)) == script_layer(script_files(two, two))


def test_a_layer_is_what_it_says(tmp_path: Path) -> None:
    """
    Digest and size are of the stored bytes, the other digest of the tar inside.
    """
    layer = packed_layer(LayerKind.SCRIPT, "script", [TarEntry.of("a/b", b"data")])

    stored = b"".join(layer.open())
    assert (digest_of(stored), len(stored)) == (layer.descriptor.digest, layer.descriptor.size)
    assert digest_of(gzip.decompress(stored)) == layer.diff_id


def test_folders_are_everybodys_to_read() -> None:
    """
    Folders of ours are entries of their own; those above belong to the base.
    """
    entries = with_folders([TarEntry.of("opt/modelport/a/b", b"")], "opt/modelport")

    folders = sorted(each.name for each in entries if each.is_folder)
    assert ["opt/modelport", "opt/modelport/a"] == folders


def test_links_lead_to_models_and_interpreter() -> None:
    """
    A version is a link to the model's files; the virtual environment is one of the base's Python.
    """
    members = _members(b"".join(links_layer(BASE, [model_layer("ridge", 7)]).open()))

    links = {name: each.linkname for name, each in members.items() if each.issym()}
    assert {
        "var/azureml-app/azureml-models/ridge/7": "../../models/ridge",
        "opt/modelport/environment/bin/python": "/usr/local/bin/python3.11",
        "opt/modelport/environment/bin/python3": "/usr/local/bin/python3.11",
    } == links
    assert "opt/modelport/environment/pyvenv.cfg" in members


def test_the_runtime_is_all_there_without_bytecode() -> None:
    """
    The layer holds the files that the content key covers.
    """
    runtime = runtime_files()

    members = _members(b"".join(runtime_layer(runtime).open()))

    inside = {name for name, each in members.items() if each.isfile()}
    assert {f"opt/modelport/runtime/modelport_scoring/{name}" for name, _ in runtime.files} == inside
