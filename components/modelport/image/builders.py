"""How an image is made: the names of the builders."""

from typing import Final

FILES: Final = "files"
"""Nothing but files of this machine, for a local process: no base, no layers."""
OCI: Final = "oci"
"""Layers written to the store, without a daemon."""
CONTEXT: Final = "context"
"""A folder for `docker build`."""
DOCKER: Final = "docker"
"""That folder on top of a Dockerfile of the user's own, built by a daemon."""
PREBUILT: Final = "prebuilt"
"""An image that is there already, taken by digest."""
BUILDERS: Final = (FILES, OCI, CONTEXT, DOCKER, PREBUILT)
