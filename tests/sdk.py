"""The Pulumi SDK under test."""

import asyncio
import threading
from typing import Any

from pulumi.runtime.mocks import MockMonitor


class TidyMonitor(MockMonitor):
    """The SDK's own double of the engine; closes the event loops that it makes in threads and forgets."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - the SDK's method
        """Answer a registration."""
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK's mocks are untyped
        close_loop_of_thread()
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802 - the SDK's method
        """Take the outputs of a component."""
        answer = super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]  # the same
        close_loop_of_thread()
        return answer


def close_loop_of_thread() -> None:
    """Close the event loop of a thread of the SDK, if it has one; the main thread's is the tests' own."""
    if threading.current_thread() is threading.main_thread():
        return
    try:
        asyncio.get_event_loop_policy().get_event_loop().close()
    except RuntimeError:
        return
    asyncio.set_event_loop(None)
