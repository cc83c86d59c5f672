"""For all tests."""

import asyncio

import pytest
from hypothesis import settings

# Machines are shared and noisy: how long one example takes says nothing about the rule that it tests.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def sdk_loop() -> None:
    """See that the SDK finds an event loop: `asyncio.run` of an earlier test leaves none behind."""
    try:
        asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())
