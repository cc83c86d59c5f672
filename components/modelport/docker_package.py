"""The optional package behind services in containers and the builder `docker`."""

from importlib.util import find_spec

import pulumi


def require_docker_package(who: str) -> None:
    """Raise `pulumi.RunError`, which Pulumi shows without a traceback, when *who* needs what is not installed."""
    if find_spec("pulumi_docker") is None:
        msg = (
            f"{who} needs the package pulumi-docker: run `.venv/bin/uv sync --inexact --extra docker` in this project, "
            "or `pip install 'modelport[docker]'` elsewhere"
        )
        raise pulumi.RunError(msg)
