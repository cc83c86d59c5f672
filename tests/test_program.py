"""The Pulumi program itself, without an engine."""

import runpy
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from stack import placing, settings
from stack.errors import Problem, StackSettingsError

PROGRAM = Path(__file__).parents[1] / "__main__.py"


def test_the_program_exports_endpoints_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The outputs of a stack are `endpoints` and `keys`, and keys are wrapped as a secret.
    """
    exports: dict[str, object] = {}
    monkeypatch.setattr(settings, "load_settings", lambda: "settings")
    monkeypatch.setattr(placing, "place", lambda given: ({"of": given}, {"keys of": given}))
    monkeypatch.setattr(pulumi.Output, "secret", lambda value: ("secret", value))
    monkeypatch.setattr(pulumi, "export", exports.__setitem__)

    runpy.run_path(str(PROGRAM))

    assert {"endpoints": {"of": "settings"}, "keys": ("secret", {"keys of": "settings"})} == exports


def test_wrong_settings_end_the_program_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is wrong with the settings reaches the user as it is: the engine prints the text of a RunError alone.
    """

    def refuse() -> None:
        raise StackSettingsError([Problem(("modelport:services",), "wrong")])

    monkeypatch.setattr(settings, "load_settings", refuse)

    with pytest.raises(pulumi.RunError) as caught:
        runpy.run_path(str(PROGRAM))

    assert "modelport:services: wrong" == str(caught.value)
    assert caught.value.__suppress_context__


def test_the_program_is_short() -> None:
    """
    The program only says what it does; it stays under 60 lines.
    """
    assert len(PROGRAM.read_text().splitlines()) < 60


@pytest.mark.slow
def test_reading_settings_loads_no_target() -> None:
    """
    Settings are read without any SDK of a cloud, any numeric library, and any room that places services.
    """
    heavy = [
        "pulumi_azure_native",
        "pulumi_kubernetes",
        "pulumi_docker",
        "numpy",
        "requests",
        "modelport.local.component",
    ]
    code = f"import stack.placing, sys; print([name for name in {heavy!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], cwd=PROGRAM.parent, capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
