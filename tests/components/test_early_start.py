"""The provider's head start."""

import subprocess
import sys
from pathlib import Path

import pytest
from modelport import early_start
from pulumi.runtime.proto import provider_pb2 as messages

from tests.provider_process import ProviderProcess


class Monitor:
    """A double of the engine's monitor: keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @property
    def Invoke(self) -> "Monitor":  # noqa: N802 - the protocol's name
        """Give what can be asked without waiting."""
        return self

    def future(self, request: messages.InvokeRequest) -> object:
        """Keep the request; the answer never comes."""
        self.asked.append(request.tok)
        return object()


def test_the_engine_is_asked_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One question that only a started provider can answer goes out at once.
    """
    monitor = Monitor()
    monkeypatch.setattr(early_start, "get_monitor", lambda: monitor)

    early_start.start_provider()

    assert ["modelport:index:ready"] == monitor.asked


def test_the_provider_answers_the_question(tmp_path: Path) -> None:
    """
    The answer is empty, and no error.
    """
    with ProviderProcess(tmp_path) as provider:
        answer = provider.stub.Invoke(messages.InvokeRequest(tok=early_start.READY))

    assert [] == list(answer.failures)


def test_a_monitor_that_cannot_be_asked_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Under mocks, or without an engine, nothing happens.
    """
    monkeypatch.setattr(early_start, "get_monitor", lambda: None)
    before = list(early_start._asked)

    early_start.start_provider()

    assert before == early_start._asked


def test_the_program_imports_its_settings_after_the_start() -> None:
    """
    What takes long to import is not imported before the provider was asked for.
    """
    program = (Path(__file__).parents[2] / "__main__.py").read_text()
    before = program.partition("start_provider()\n")[0]
    loaded = subprocess.run(
        [sys.executable, "-c", f"{before}\nimport sys; print('pydantic' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "False\n" == loaded
