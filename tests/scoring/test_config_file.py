"""Variables from a file."""

import json
from pathlib import Path

import pytest
from modelport_scoring.config_file import with_config_file
from modelport_scoring.errors import SettingsError


def test_the_environment_wins(tmp_path: Path) -> None:
    """
    The file adds what the environment lacks; numbers become texts.
    """
    (tmp_path / "config.json").write_text(json.dumps({"SERVICE_NAME": "file", "WORKER_COUNT": 2}))
    given = with_config_file({"AML_APP_ROOT": str(tmp_path), "SERVICE_NAME": "given"}, None, None, Path("/nowhere"))

    assert ("given", "2") == (given["SERVICE_NAME"], given["WORKER_COUNT"])


def test_a_file_beside_the_script_counts_as_well(tmp_path: Path) -> None:
    """
    Without one in the app root, the file beside the script is read; a named one must be there.
    """
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "config.json").write_text('{"SERVICE_NAME": "beside"}')

    assert "beside" == with_config_file({}, None, "deep/score.py", tmp_path)["SERVICE_NAME"]
    with pytest.raises(SettingsError, match=r"the configuration file .*gone.json cannot be read"):
        with_config_file({}, "gone.json", None, tmp_path)


def test_unknown_names_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    What the server does not know is left out with a warning; settings that only Azure ML's server has, in silence.
    """
    (tmp_path / "config.json").write_text('{"SERVICE_NANE": "x", "PATH": "/evil", "AML_APP_INSIGHTS_ENABLED": true}')

    assert {"HOME": "/h"} == with_config_file({"HOME": "/h"}, None, None, tmp_path)
    assert "sets what the server does not know: PATH, SERVICE_NANE" in caplog.text
    assert "INSIGHTS" not in caplog.text


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "\xff"])
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    """
    The reason names the file and what to write.
    """
    (tmp_path / "config.json").write_text(text, encoding="latin-1")

    with pytest.raises(SettingsError, match="JSON object of variables"):
        with_config_file({}, None, None, tmp_path)
