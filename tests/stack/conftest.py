"""Helpers of the tests of the program's own package."""

from collections.abc import Callable

import pytest
import yaml

from stack.settings import StackSettings, parse_settings
from stack.source import config_of

Parse = Callable[[str], StackSettings]


@pytest.fixture
def parse() -> Parse:
    """
    Read the text of a stack file, with encrypted leaves as the engine decrypts them: to ``decrypted``.
    """

    def decrypted(value: object) -> object:
        if isinstance(value, dict):
            return (
                "decrypted-hunter2"
                if set(value) == {"secure"}
                else {key: decrypted(part) for key, part in value.items()}
            )
        return [decrypted(part) for part in value] if isinstance(value, list) else value

    def read(text: str) -> StackSettings:
        document = yaml.safe_load(text)
        ours = {key: value for key, value in config_of(document).items() if key.startswith("modelport:")}
        return parse_settings({key: decrypted(value) for key, value in ours.items()}, stack_file=document)

    return read
