import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modelport.image.content_key import ImageContent, content_key
from modelport.image.lock import LockedPackage
from modelport.image.script_files import script_files

HASH = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
NUMPY, SCIPY = LockedPackage("numpy", "2.0", (HASH, OTHER)), LockedPackage("scipy", "1.14", (OTHER,))
NAMES = ("score.py", "lib/a.py", "lib/deep/b.csv")

FILES = st.fixed_dictionaries(dict.fromkeys(NAMES, st.binary(max_size=40)))
PACKAGES = st.permutations([NUMPY, SCIPY])
MODELS = st.permutations([("a", HASH), ("b", OTHER)])


def _content(root: Path, **changes: Any) -> ImageContent:  # noqa: ANN401 - fields of any type
    content = ImageContent(
        platform="linux/amd64 cp311",
        runtime_digest=HASH,
        dependencies=(NUMPY, SCIPY),
        models=(("a", HASH), ("b", OTHER)),
        script=script_files(root, root).files,
        entry_script="score.py",
        environment_variables={"MODE": "fast", "LEVEL": "2"},
    )
    return replace(content, **changes)


def _clone(root: Path, files: dict[str, bytes], mask: int, executable: frozenset[str] = frozenset()) -> Path:
    """Write *files* as a clone does under the umask *mask*."""
    before = os.umask(mask)
    try:
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(root / name, os.O_CREAT | os.O_WRONLY, 0o777 if name in executable else 0o666)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
    finally:
        os.umask(before)
    return root


@settings(deadline=None, max_examples=40)
@given(
    files=FILES,
    executable=st.frozensets(st.sampled_from(NAMES)),
    masks=st.tuples(*[st.sampled_from([0o000, 0o002, 0o022, 0o027, 0o077])] * 2),
    noise=st.sampled_from([0o000, 0o040, 0o066, 0o011]),
    time=st.integers(0, 2**31),
    packages=PACKAGES,
    models=MODELS,
)
def test_equal_content_has_one_key(
    files: dict[str, bytes],
    executable: frozenset[str],
    masks: tuple[int, int],
    noise: int,
    time: int,
    packages: list[LockedPackage],
    models: list[tuple[str, str]],
) -> None:
    """
    Another path, umask, owner, time, irrelevant mode bits or order leave the key as it is.
    """
    with TemporaryDirectory() as here, TemporaryDirectory() as there:
        one = _clone(Path(here), files, masks[0], executable)
        two = _clone(Path(there) / "other" / "clone", files, masks[1], executable)
        for name in files:
            (two / name).chmod((two / name).stat().st_mode | noise)
            os.utime(two / name, (time, time))
            if os.geteuid() == 0:
                os.chown(two / name, 12345, 12345)
        changed = {"dependencies": packages, "models": models, "environment_variables": {"LEVEL": "2", "MODE": "fast"}}

        assert content_key(_content(one)) == content_key(_content(two, **changed))


@settings(deadline=None, max_examples=40)
@given(files=FILES, name=st.sampled_from(NAMES), position=st.integers(0, 39), by=st.integers(1, 255))
def test_one_byte_of_the_script_makes_another_key(files: dict[str, bytes], name: str, position: int, by: int) -> None:
    """
    Any byte of any file counts.
    """
    with TemporaryDirectory() as folder:
        root = _clone(Path(folder), files, 0o022)
        before = content_key(_content(root))
        content = bytearray(files[name] or b"\0")
        at = position % len(content)
        content[at] = (content[at] + by) % 256
        (root / name).write_bytes(content)

        assert before != content_key(_content(root))


@pytest.mark.parametrize(
    "changes",
    [
        {"platform": "linux/arm64 cp311"},
        {"platform": "linux/amd64 cp312"},
        {"runtime_digest": OTHER},
        {"base_digest": HASH},
        {"dependencies": (NUMPY,)},
        {"dependencies": (replace(NUMPY, version="2.1"), SCIPY)},
        {"dependencies": (replace(NUMPY, hashes=(HASH,)), SCIPY)},
        {"models": (("a", OTHER), ("b", OTHER))},
        {"models": (("c", HASH), ("b", OTHER))},
        {"models": ()},
        {"entry_script": "lib/a.py"},
        {"entry_script": None},
        {"environment_variables": {"MODE": "slow", "LEVEL": "2"}},
        {"environment_variables": {}},
        {"script": ()},
    ],
)
def test_every_part_of_the_content_counts(tmp_path: Path, changes: dict[str, object]) -> None:
    """
    Whatever changes in an image changes its key.
    """
    _clone(tmp_path, dict.fromkeys(NAMES, b"x"), 0o022)

    assert content_key(_content(tmp_path)) != content_key(_content(tmp_path, **changes))


def test_a_renamed_or_executable_script_is_another_content(tmp_path: Path) -> None:
    """
    Path and the owner's execute bit of a file count.
    """
    _clone(tmp_path, {"score.py": b"x", "a.sh": b"y"}, 0o022)
    keys = [content_key(_content(tmp_path))]
    (tmp_path / "a.sh").chmod(0o755)
    keys.append(content_key(_content(tmp_path)))
    (tmp_path / "a.sh").rename(tmp_path / "b.sh")
    keys.append(content_key(_content(tmp_path)))

    assert len(set(keys)) == 3


def test_the_key_of_a_known_content_never_changes() -> None:
    """
    Keys are in states and names of images: an upgrade of this program does not change them unless it means to.
    """
    content = ImageContent(
        platform="linux/amd64 cp311", runtime_digest=HASH, dependencies=(NUMPY,), models=(("a", HASH),)
    )

    assert content_key(content) == "d7bc5877170a0d83b348655d2ab0c63e1d6f336c2f97da89264dcdde129eee8d"
