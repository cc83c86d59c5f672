"""The block `registry`: where registered models are kept."""

from typing import Annotated, Literal

from modelport.workspace import FOLDER

from stack.block import Block
from stack.fields import Text


class LayoutRegistry(Block):
    """A folder of the project, in the OCI image layout."""

    kind: Literal["layout"]
    """layout: a folder."""
    path: Annotated[str, Text()] = f"{FOLDER}/store"
    """The folder, relative to the project."""


class RegistrySettings(Block):
    """The store of registered models. Without it, a folder inside the project."""

    create: LayoutRegistry = LayoutRegistry(kind="layout")
    """Let this stack make the store."""
