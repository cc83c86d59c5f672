"""Variables from a file, for what the environment does not set."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modelport_scoring import wire
from modelport_scoring.errors import SettingsError
from modelport_scoring.limits import BOUNDS

NAME: Final = "config.json"
KNOWN: Final = frozenset(
    {
        *(wire.APP_ROOT, wire.ENTRY_SCRIPT, wire.SOURCE_DIRECTORY, wire.MODEL_DIR, wire.WORKER_COUNT),
        *(wire.SERVICE_NAME, wire.SERVICE_VERSION, wire.SERVICE_PATH_PREFIX, wire.CORS_ORIGINS),
        *(wire.SERVER_VERSION, wire.SERVER_VERSION_ENABLED, wire.LISTEN_PORT, wire.KEYS_FILE),
        *(wire.DRAIN_TIMEOUT, wire.READY_TIMEOUT, wire.IDLE_GRACE),
        *(bound.variable for bound in BOUNDS.values()),
    }
)
"""What a file may set."""
IGNORED: Final = frozenset(
    {
        *("AML_APP_INSIGHTS_ENABLED", "AML_APP_INSIGHTS_KEY", "APP_INSIGHTS_LOG_RESPONSE_ENABLED"),
        *("AML_MODEL_DC_STORAGE_ENABLED", "AZUREML_LOG_LEVEL", "AZUREML_DEBUG_PORT", "WORKSPACE_NAME", "HOSTNAME"),
        *("SERVER_PORT", "HEALTH_PORT", "WORKER_TIMEOUT", "WORKER_PRELOAD"),
    }
)
"""Settings of Azure ML's server that have no meaning here: no warning."""
_log = logging.getLogger(__name__)


def with_config_file(
    environment: Mapping[str, str], flag: str | None, script: str | None, directory: Path
) -> Mapping[str, str]:
    """
    Give *environment* with what the file adds: *flag*, else the variable, else beside app root or *script*.

    Relative paths start at *directory*. Raises `SettingsError` when the file cannot be read.
    """
    path = _path(environment, flag, script, directory)
    if path is None:
        return environment
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        msg = f"the configuration file {path} cannot be read ({error}); write a JSON object of variables"
        raise SettingsError(msg) from error
    if not isinstance(document, dict):
        msg = f"the configuration file {path} must hold a JSON object of variables, not {type(document).__name__}"
        raise SettingsError(msg)
    unknown = sorted(document.keys() - KNOWN - IGNORED)
    if unknown:
        _log.warning("%s sets what the server does not know: %s", path, ", ".join(unknown))
    return {name: _text(value) for name, value in document.items() if name in KNOWN} | dict(environment)


def _path(environment: Mapping[str, str], flag: str | None, script: str | None, directory: Path) -> Path | None:
    named = flag or environment.get(wire.CONFIG_FILE)
    root = directory / environment.get(wire.APP_ROOT, "")
    if named:
        return directory / named if flag else root / named
    entry = directory / script if script else root / environment.get(wire.ENTRY_SCRIPT, "main.py")
    return next((each for each in (root / NAME, entry.parent / NAME) if each.is_file()), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
