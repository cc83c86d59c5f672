"""Which execution provider of ONNX Runtime computes a graph, and why not a better one."""

import contextlib
import ctypes
import io
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import onnxruntime as ort

CPU: Final = "CPUExecutionProvider"
LIBRARIES: Final = {
    "TensorrtExecutionProvider": "libonnxruntime_providers_tensorrt.so",
    "CUDAExecutionProvider": "libonnxruntime_providers_cuda.so",
}
"""What ONNX Runtime loads for a provider, in its own folder `capi`."""
_log = logging.getLogger(__name__)

Open = Callable[[Sequence[str]], ort.InferenceSession]


def open_with_first(wanted: Sequence[str], opener: Open) -> ort.InferenceSession:
    """
    Open a session with the first of the providers *wanted* that works, and log the reason for each that did not.

    What a provider cannot compute of a graph, the CPU does. Raises what *opener* raises for the last resort.
    """
    offered = ort.get_available_providers()
    for name in wanted:
        if name == CPU:
            break
        session, reason = _attempt(name, offered, opener)
        if session is not None:
            _log.info("execution provider %s", name)
            return session
        _log.info("execution provider %s is not used: %s", name, reason)
    session = opener([CPU])
    _log.info("execution provider %s", CPU)
    return session


def _attempt(name: str, offered: Sequence[str], opener: Open) -> tuple[ort.InferenceSession | None, str]:
    if name not in offered:
        return None, f"this onnxruntime {ort.__version__} is built without it; onnxruntime-gpu has TensorRT and CUDA"
    reason = _missing_library(name)
    if reason is not None:
        return None, reason
    try:
        session: Any = opener([name, CPU])
    except Exception as error:  # noqa: BLE001  ONNX Runtime raises classes of each provider's own making
        return None, " ".join(str(error).split())
    if name not in session.get_providers():
        return None, "ONNX Runtime could not start it; its own lines above say more"
    return session, ""


def _missing_library(name: str) -> str | None:
    """Say which shared library is missing: ONNX Runtime itself only prints it, and goes on without the provider."""
    file = Path(ort.__file__).parent / "capi" / LIBRARIES.get(name, "")
    if not file.is_file():
        return None
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does not find; what matters is said below
        ort.preload_dlls()  # CUDA as Python packages, where it is installed so
    try:
        ctypes.CDLL(str(file))
    except OSError as error:
        return str(error)
    return None
