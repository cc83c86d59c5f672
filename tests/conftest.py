"""For all tests."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest_plugins = ["tests.services.fixtures"]

# Machines are shared and noisy: how long one example takes says nothing about the rule that it tests.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def loop_of_the_sdk() -> Iterator[asyncio.AbstractEventLoop]:
    """Make the one event loop that outputs of the Pulumi SDK hang on outside of a program."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(autouse=True)
def current_loop(loop_of_the_sdk: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Set it: `asyncio.run` leaves none behind, and then the SDK makes one that nobody closes."""
    asyncio.set_event_loop(loop_of_the_sdk)
    yield
    try:
        left = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        return
    if left is not loop_of_the_sdk:
        left.close()
