from dataclasses import replace

import pytest
from modelport.image.base import LockedBase
from modelport.image.base_marks import base_findings, base_licence

BASE = LockedBase(
    reference="example.com/base:1",
    platform="linux/amd64",
    digest="sha256:" + "b" * 64,
    layers=(),
    diff_ids=(),
    environment=("PATH=/usr/bin", "NVIDIA_VISIBLE_DEVICES=all"),
    labels={},
    python="/usr/bin/python3.11",
    python_version="3.11",
    libc="2.36",
    size=1_000_000_000,
)


def test_an_ordinary_base_has_no_mark() -> None:
    """
    Nor has one that only asks for a card.
    """
    assert (None, []) == (base_licence(BASE), list(base_findings(BASE)))


@pytest.mark.parametrize(
    "marked",
    [
        replace(BASE, environment=("NV_CUDA_CUDART_VERSION=12.4.127-1",)),
        replace(BASE, environment=("NVIDIA_REQUIRE_CUDA=cuda>=12.4",)),
        replace(BASE, labels={"com.nvidia.tensorrt.version": "10.0"}),
    ],
)
def test_nvidia_s_images_are_marked(marked: LockedBase) -> None:
    """
    Their own variables and labels show them, whatever the repository is called.
    """
    assert "NVIDIA" == base_licence(marked)
    assert ["NVIDIA's libraries" in each for each in base_findings(marked)] == [True]


def test_a_large_base_is_told_with_its_size() -> None:
    """
    Every node that runs it pulls it first.
    """
    (finding,) = base_findings(replace(BASE, size=3_200_000_000))

    assert "base 'example.com/base:1' is 3.2 GB compressed" in finding
