"""Tests of several processes at one store, and of what a registration costs."""

import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from modelport.registry.layout_versions import LayoutVersions
from modelport.store.layout import LayoutStore

_REGISTER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from modelport.registry.content import read_model
from modelport.registry.metadata import ModelMetadata
from modelport.registry.layout_versions import LayoutVersions
from modelport.store.layout import LayoutStore
base, files = Path(sys.argv[1]), sys.argv[2:]
versions = LayoutVersions(LayoutStore(base / ".modelport" / "store"))
for file in files:
    content = read_model("diabetes", Path(file), base=base)
    print(versions.register(content, ModelMetadata(), created=datetime.now(UTC)).version, flush=True)
"""

_MEASURE = (
    _REGISTER
    + """
content = read_model("diabetes", Path(files[0]), base=base)
versions.unpack("diabetes", content.digest, base / "out")
# Not getrusage: its peak includes the parent's, from before exec.
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
)


def _start(base: Path, *files: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _REGISTER, str(base), *files]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_writers_never_get_one_number(tmp_path: Path) -> None:
    """
    Five processes register five different models each, at once: the numbers are 1 to 25.
    """
    names = [[f"{writer}-{number}" for number in range(5)] for writer in range(5)]
    for name in chain(*names):
        (tmp_path / name).write_text(name)
    writers = [_start(tmp_path, *files) for files in names]
    numbers = [int(line) for writer in writers for line in writer.communicate(timeout=60)[0].split()]

    assert list(range(1, 26)) == sorted(numbers)
    assert 25 == len({each.digest for each in LayoutVersions(LayoutStore(tmp_path / ".modelport" / "store")).list()})


@pytest.mark.slow
def test_the_same_bytes_from_two_writers_are_one_version(tmp_path: Path) -> None:
    """
    Whoever comes second gets the first one's version.
    """
    (tmp_path / "model").write_bytes(bytes(20_000_000))
    writers = [_start(tmp_path, "model") for _ in range(4)]

    assert ["1\n"] * 4 == [writer.communicate(timeout=60)[0] for writer in writers]


@pytest.mark.slow
def test_a_killed_writer_does_no_harm(tmp_path: Path) -> None:
    """
    After kill -9 at a dozen moments the store is whole, nothing half-made is left, and numbers have no gap.
    """
    versions = LayoutVersions(LayoutStore(tmp_path / ".modelport" / "store"))
    moments = Random(7)  # noqa: S311  # the same moments in every run
    names = [f"model-{number}" for number in range(120)]
    for name in names:
        (tmp_path / name).write_text(name * 20_000)
    for start in range(0, 120, 10):
        writer = _start(tmp_path, *names[start : start + 10])
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(moments.uniform(0, 0.03))
        writer.kill()
        writer.communicate()
    numbers = [each.version for each in versions.list()]
    for each in versions.list():
        versions.unpack("diabetes", each.digest, tmp_path / "out" / str(each.version))
    (tmp_path / "last").write_text("last")
    last = _start(tmp_path, "last").communicate(timeout=60)[0]

    assert list(range(len(numbers), 0, -1)) == numbers
    assert 12 <= len(numbers) < 120
    assert f"{len(numbers) + 1}\n" == last
    assert [] == list(versions.store.root.rglob(".partial-*"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak")
def test_memory_does_not_grow_with_the_model(tmp_path: Path) -> None:
    """
    Reading, registering and unpacking 256 MB stays below 80 MB of memory.
    """
    with (tmp_path / "big").open("wb") as file:
        file.truncate(256 << 20)
    output = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(tmp_path), "big"], capture_output=True, text=True, check=True
    ).stdout

    assert int(output.split()[-1]) < 80 * 1024
