"""What all blocks of a stack file have in common."""

from pydantic import BaseModel, ConfigDict


class Block(BaseModel):
    """A mapping of the stack file: read once, whole, and frozen. The text under each field is its help in an editor."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
