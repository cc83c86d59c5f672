"""What a declaration says of one value. Scripts may make their own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Final

Node = dict[str, Any]
ALL_VERSIONS: Final = ("2.0", "3.0", "3.1")
WITHOUT_2: Final = ("3.0", "3.1")


class AbstractParameterType(ABC):
    """A type, told by a sample."""

    def __init__(self, sample_input: Any) -> None:  # noqa: ANN401  any value
        if sample_input is None:
            msg = "Sample input cannot be None"
            raise ValueError(msg)
        self.sample_input = sample_input
        self.sample_data_type: type = type(sample_input)

    def supported_versions(self) -> list[str]:
        """List the versions of the document that can express the sample."""
        return list(ALL_VERSIONS if is_uniform(self.sample_input) else WITHOUT_2)

    @abstractmethod
    def deserialize_input(self, input_data: Any) -> Any:  # noqa: ANN401  what JSON gives
        """Make a value of the type of what JSON gave."""

    @abstractmethod
    def input_to_swagger(self) -> Node:
        """Describe the type, with an ``example``."""


def is_uniform(value: object) -> bool:
    """Say whether every array in *value* has items of one type: Swagger 2 can say no other."""
    if isinstance(value, dict):
        return all(is_uniform(each) for each in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return len({type(each) for each in value}) <= 1 and all(is_uniform(each) for each in value)
    return True
