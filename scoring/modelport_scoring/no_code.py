"""Serves the models of a folder without a script: what answers at ``/score``, and the routes besides."""

from pathlib import Path

from modelport_scoring.errors import StartError
from modelport_scoring.model.routes import ModelRoutes
from modelport_scoring.model.service import open_models
from modelport_scoring.model.settings import ModelSettings
from modelport_scoring.route import FindRoute, Route
from modelport_scoring.scorer import Scorer


def serve_models(folder: Path, settings: ModelSettings, *, name: str, version: str) -> tuple[Scorer, FindRoute]:
    """Open the models in *folder*, for a service *name* of *version*. Raises `StartError`."""
    scorer, pool = open_models(folder, settings)
    try:
        from modelport_scoring.inference_protocol.routes import ProtocolRoutes  # noqa: PLC0415  numpy is an extra
    except ImportError as error:
        msg = f"models without a script need the packages of modelport-scoring[onnx] or [sklearn]: {error}"
        raise StartError(msg) from error
    own = ModelRoutes(pool, version)
    protocol = ProtocolRoutes(pool, name=name, version=version)

    def find(path: str) -> Route | None:
        return own.find(path) or protocol.find(path)

    return scorer, find
