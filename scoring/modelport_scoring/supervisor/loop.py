"""One thread that waits for descriptors, timers and signals."""

import heapq
import selectors
import signal
import socket
import time
from collections.abc import Callable
from itertools import count

Callback = Callable[[], None]


class Timer:
    """A call that is due later, unless it is cancelled."""

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """Forget the call."""
        self.callback = None


class Loop:
    """Calls back when a descriptor is readable, a timer is due or a signal came; one call at a time."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._signals: dict[int, Callback] = {}
        self._stopped = False
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self.watch(self._woken.fileno(), self._take_signals)

    def watch(self, descriptor: int, callback: Callback) -> None:
        """Call *callback* whenever *descriptor* is readable or at its end."""
        self._selector.register(descriptor, selectors.EVENT_READ, callback)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching *descriptor*; call it before the descriptor is closed."""
        self._selector.unregister(descriptor)

    def after(self, delay_s: float, callback: Callback) -> Timer:
        """Call *callback* once, *delay_s* seconds from now."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + delay_s, next(self._order), timer))
        return timer

    def on_signal(self, number: signal.Signals, callback: Callback) -> None:
        """Call *callback* from the loop, not from the handler, when signal *number* comes."""
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._signals[number] = callback
        signal.signal(number, lambda _number, _frame: None)

    def stop(self) -> None:
        """End `run` after the calls that are due now."""
        self._stopped = True

    def run(self) -> None:
        """Serve callbacks until `stop`."""
        while not self._stopped:
            for key, _events in self._selector.select(self._wait_s()):
                if key.fd in self._selector.get_map():  # an earlier callback may have closed it
                    key.data()
            self._call_due()

    def _wait_s(self) -> float | None:
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _call_due(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            _due, _order, timer = heapq.heappop(self._timers)
            if timer.callback is not None:
                timer.callback()

    def _take_signals(self) -> None:
        for number in dict.fromkeys(self._woken.recv(4096)):  # several of one kind are one
            callback = self._signals.get(number)
            if callback is not None:
                callback()
