"""Where things lie in an image. Those below `var/azureml-app` are Azure ML's."""

from typing import Final

APP: Final = "var/azureml-app"
"""The script's files."""
MODELS: Final = f"{APP}/models"
"""The models' files, without versions: equal bytes make equal layers."""
VERSIONS: Final = f"{APP}/azureml-models"
"""Links ``<name>/<version>`` to the models."""
OWN: Final = "opt/modelport"
ENVIRONMENT: Final = f"{OWN}/environment"
"""A virtual environment."""
RUNTIME: Final = f"{OWN}/runtime"
"""What goes onto the import path to import the runtime."""
PYTHON: Final = f"/{ENVIRONMENT}/bin/python"


def site_packages(python_version: str) -> str:
    """Name the folder of installed packages; *python_version* such as ``3.11``."""
    return f"{ENVIRONMENT}/lib/python{python_version}/site-packages"
