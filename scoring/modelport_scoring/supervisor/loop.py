"""Waiting for channels, signals and time, in one thread."""

import os
import selectors
import signal
import socket
from collections.abc import Callable

Channel = socket.socket | int


class Loop:
    """Calls back when a channel has something to read; collects signals."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._received: list[int] = []

    def listen_to(self, *signals: signal.Signals) -> None:
        """Collect *signals*, and wake up for them."""
        reader, writer = os.pipe()
        for end in (reader, writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in signals:
            signal.signal(number, lambda received, _: self._received.append(received))
        self.watch(reader, lambda: os.read(reader, 4096))

    def watch(self, channel: Channel, callback: Callable[[], object]) -> None:
        """Call *callback* whenever *channel* can be read."""
        self._selector.register(channel, selectors.EVENT_READ, callback)

    def forget(self, channel: Channel) -> None:
        """Watch *channel* no more. Do so before it is closed: its number may soon be another's."""
        if channel in self._selector.get_map():
            self._selector.unregister(channel)

    def wait(self, timeout_s: float) -> list[int]:
        """Wait for something to happen, call back, and return the signals that came."""
        for key, _ in self._selector.select(timeout_s):
            if key.fileobj in self._selector.get_map():  # an earlier call may have ended this channel
                key.data()
        taken, self._received = self._received, []
        return taken
