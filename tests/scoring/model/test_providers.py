"""The choice among ONNX Runtime's execution providers."""

import logging
from collections.abc import Sequence
from pathlib import Path

import onnxruntime as ort
import pytest
from modelport_scoring.model.providers import open_with_first

TENSORRT, CUDA, CPU = "TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"


class FakeSession:
    """A session that runs on the providers that this machine is made to have."""

    def __init__(self, providers: Sequence[str], working: Sequence[str]) -> None:
        self._providers = [name for name in providers if name in working]

    def get_providers(self) -> list[str]:
        """Give those that started."""
        return self._providers


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Collect the log from INFO on."""
    caplog.set_level(logging.INFO)
    return caplog


def test_the_reason_is_logged_for_each_that_is_not_built_in(lines: pytest.LogCaptureFixture) -> None:
    """
    The usual package has no TensorRT and no CUDA: the log says so, and which one has.
    """
    session = open_with_first([TENSORRT, CUDA, CPU], lambda providers: FakeSession(providers, [CPU]))
    reason = f"this onnxruntime {ort.__version__} is built without it; onnxruntime-gpu has TensorRT and CUDA"

    assert [CPU] == session.get_providers()
    assert [
        f"execution provider {TENSORRT} is not used: {reason}",
        f"execution provider {CUDA} is not used: {reason}",
        f"execution provider {CPU}",
    ] == lines.messages


def test_the_first_that_starts_is_taken(lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A provider that raises or does not turn up is passed over; the CPU stands behind the one that is taken.
    """
    monkeypatch.setattr(ort, "get_available_providers", lambda: [TENSORRT, CUDA, "Quiet", CPU])

    def opened(providers: Sequence[str]) -> FakeSession:
        if TENSORRT in providers:
            msg = "TensorRT  needs\na newer driver"
            raise RuntimeError(msg)
        return FakeSession(providers, [CUDA, CPU])

    session = open_with_first([TENSORRT, "Quiet", CUDA, CPU], opened)

    assert [CUDA, CPU] == session.get_providers()
    assert [
        f"execution provider {TENSORRT} is not used: TensorRT needs a newer driver",
        "execution provider Quiet is not used: ONNX Runtime could not start it; its own lines above say more",
        f"execution provider {CUDA}",
    ] == lines.messages


def test_a_missing_library_is_named(
    lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    A provider whose library cannot be loaded is not tried: ONNX Runtime would only print why.
    """
    library = tmp_path / "capi" / "libonnxruntime_providers_cuda.so"
    library.parent.mkdir()
    library.write_bytes(b"no library")
    monkeypatch.setattr(ort, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(ort, "preload_dlls", lambda: print("not found: libcudart"))
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, CPU])
    open_with_first([CUDA, CPU], lambda providers: FakeSession(providers, [CUDA, CPU]))

    assert f"execution provider {CUDA} is not used: {library}: file too short" == lines.messages[0]


def test_providers_after_the_cpu_are_not_tried(lines: pytest.LogCaptureFixture) -> None:
    """
    The order is the user's: nothing is looked at behind one that always works.
    """
    open_with_first([CPU, CUDA], lambda providers: FakeSession(providers, [CPU]))

    assert [f"execution provider {CPU}"] == lines.messages
