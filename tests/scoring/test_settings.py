"""Flags and environment of a server."""

from pathlib import Path

import pytest
from modelport_scoring.errors import SettingsError
from modelport_scoring.settings import read_settings

HERE = Path("/srv/app")


def test_flags_win_over_the_environment() -> None:
    """
    A flag is taken before the variable of the same meaning; relative paths start at the working directory.
    """
    environment = {"AZUREML_ENTRY_SCRIPT": "a.py", "AZUREML_MODEL_DIR": "/m", "WORKER_COUNT": "3"}
    arguments = ["--entry_script", "b.py", "--worker_count", "2", "--port", "80"]
    settings = read_settings(arguments, environment, HERE)

    assert (HERE / "b.py", Path("/m")) == (settings.entry_script, settings.model_dir)
    assert (2, 80) == (settings.worker_count, settings.port)


def test_defaults_are_azure_mls() -> None:
    """
    Without flags and environment: port 5001, one worker, its service name.
    """
    settings = read_settings([], {}, HERE)

    assert (5001, 1, "ML service", "1.0") == (
        settings.port,
        settings.worker_count,
        settings.service_name,
        settings.service_version,
    )
    assert (None, None, HERE) == (settings.entry_script, settings.model_dir, settings.app_root)


def test_the_script_of_the_environment_lies_in_the_app_root() -> None:
    """
    AML_APP_ROOT and AZUREML_ENTRY_SCRIPT are joined; an absolute script wins.
    """
    relative = read_settings([], {"AML_APP_ROOT": "/app", "AZUREML_ENTRY_SCRIPT": "s/a.py"}, HERE)
    absolute = read_settings([], {"AML_APP_ROOT": "/app", "AZUREML_ENTRY_SCRIPT": "/s/a.py"}, HERE)

    assert (Path("/app/s/a.py"), Path("/s/a.py")) == (relative.entry_script, absolute.entry_script)


def test_every_wrong_value_is_named() -> None:
    """
    All mistakes are told at once, each with its name, value and rule.
    """
    environment = {"WORKER_COUNT": "many", "MODELPORT_LISTEN_FD": "999999", "MODELPORT_IDLE_GRACE_S": "-1"}
    with pytest.raises(SettingsError) as raised:
        read_settings(["--port", "70000"], environment, HERE)

    assert [
        "--port is '70000': it must be a port from 1 to 65535",
        "WORKER_COUNT is 'many': it must be at least 1",
        "MODELPORT_LISTEN_FD is '999999': it must be the number of an open descriptor",
        "MODELPORT_IDLE_GRACE_S is '-1': it must be seconds from 0",
    ] == str(raised.value).split("; ")


def test_models_without_a_script_have_settings() -> None:
    """
    Threads, execution providers, the bound on memory and the list of digests come from the environment.
    """
    environment = {
        "MODELPORT_ONNX_THREADS": "4",
        "MODELPORT_ONNX_PROVIDERS": "cuda, cpu",
        "MODELPORT_MODEL_MEMORY_MB": "512",
        "MODELPORT_MODEL_DIGESTS": "digests.json",
    }
    given, default = read_settings([], environment, HERE).models, read_settings([], {}, HERE).models

    assert (4, 512, HERE / "digests.json") == (given.onnx_threads, given.memory_mb, given.digests_file)
    assert ("CUDAExecutionProvider", "CPUExecutionProvider") == given.onnx_providers
    assert (1, None, None) == (default.onnx_threads, default.memory_mb, default.digests_file)
    assert ["Tensorrt", "CUDA", "CPU"] == [name.removesuffix("ExecutionProvider") for name in default.onnx_providers]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("MODELPORT_ONNX_THREADS", "0", "a whole number, at least 1"),
        ("MODELPORT_MODEL_MEMORY_MB", "-5", "a whole number, at least 1"),
        ("MODELPORT_MODEL_MEMORY_MB", "0", "a whole number, at least 1"),
        ("MODELPORT_ONNX_PROVIDERS", "cpu,gpu", "some of tensorrt, cuda, cpu"),
        ("MODELPORT_ONNX_PROVIDERS", "cpu,cpu", "some of tensorrt, cuda, cpu"),
    ],
)
def test_wrong_settings_of_models_are_named(name: str, value: str, rule: str) -> None:
    """
    A number out of bounds and a provider that does not exist keep the server from starting.
    """
    with pytest.raises(SettingsError, match=f"{name} is '{value}': it must be {rule}"):
        read_settings([], {name: value}, HERE)
