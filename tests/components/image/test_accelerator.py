"""Tests of `modelport.image.accelerator`."""

from collections.abc import Callable

import pytest
from modelport.image.accelerator import accelerated, accelerator_problems
from modelport.image.content_key import ImageContent, content_key
from modelport.image.platforms import Platform
from modelport.image.request import ImageModel, ImageRequest
from modelport.image.wanted import wanted_requirements

MakeRequest = Callable[..., ImageRequest]
LINUX = Platform("linux", "amd64", "3.11")


def test_onnxruntime_is_taken_with_cuda_and_its_libraries() -> None:
    """
    Bounds stay, and end where CUDA 13 begins; other packages are left alone; without an accelerator so is everything.
    """
    lines = {"onnxruntime>=1.22", "onnxruntime-extensions", "numpy>=2"}

    expected = {"onnxruntime-gpu[cuda,cudnn]<1.27,>=1.22", "onnxruntime-extensions", "numpy>=2"}
    assert expected == accelerated(lines, "cuda12")
    assert lines == accelerated(lines, None)


def test_a_model_without_a_script_is_served_on_the_card(request_for: MakeRequest) -> None:
    """
    The runtime's own requirements change, too.
    """
    model = ImageModel("digits", "sha256:" + "a" * 64, framework="Onnx")
    request = request_for(entry_script=None, models=(model,), builder="oci", accelerator="cuda12", platform=LINUX)

    wanted, _, problems = wanted_requirements(request)

    names = {line.split("<")[0].split(">")[0] for line in wanted.requirements.packages}
    assert [] == problems
    assert "onnxruntime-gpu[cuda,cudnn]" in names
    assert "onnxruntime" not in names


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"accelerator": "cuda9"}, "'cuda9' is not known"),
        ({"platform": Platform("linux", "arm64", "3.11")}, "for linux/amd64 only, the image is for linux/arm64"),
        ({"builder": "files"}, "build an image (builder: oci)"),
    ],
)
def test_what_has_no_packages_is_refused(request_for: MakeRequest, changes: dict[str, object], reason: str) -> None:
    """
    The error names the value and the way out.
    """
    given: dict[str, object] = {"platform": LINUX, "builder": "oci", "accelerator": "cuda12"}

    [problem] = accelerator_problems(request_for(**{**given, **changes}))

    assert "accelerator" == problem.property_path
    assert reason in problem.reason


def test_keys_without_an_accelerator_stay_as_they_are() -> None:
    """
    Only an image for a card has another key.
    """
    plain = ImageContent("linux/amd64 cp311", "sha256:0")
    card = ImageContent("linux/amd64 cp311", "sha256:0", accelerator="cuda12")

    assert content_key(plain) == content_key(ImageContent("linux/amd64 cp311", "sha256:0", accelerator=None))
    assert content_key(plain) != content_key(card)
