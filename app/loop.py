"""The event loop: descriptors, timers and signals in one thread.

asyncio would do the same, but importing it alone costs 22 MiB and twice the time that this whole service takes to start.
"""

from __future__ import annotations

import heapq
import selectors
import signal
import socket
import time

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class Loop:
    """Calls back when a descriptor is ready, a time has come or a signal has arrived."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._timers = []
        self._order = 0
        self._stopped = False
        self._signals = []
        self._signalled = None
        self.register = self._selector.register
        self.modify = self._selector.modify
        self.unregister = self._selector.unregister
        self.clock = time.monotonic
        self.now = self.clock()
        """Seconds of the monotonic clock, as of the last wake-up."""

    def after(self, seconds, callback):
        """Calls `callback` once, `seconds` from now."""
        self._order += 1
        heapq.heappush(self._timers, (self.clock() + seconds, self._order, callback))

    def on_signals(self, numbers, callback):
        """Calls `callback(number)` from the loop, before whatever else has arrived with the signal."""
        receive, send = socket.socketpair()
        receive.setblocking(False)
        send.setblocking(False)
        signal.set_wakeup_fd(send.fileno(), warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, lambda number, _frame: self._signals.append(number))
        self._wakeup = send  # kept: closing it would unhook the signals
        self._signalled = callback
        self.register(receive, READ, lambda _events: receive.recv(4096))

    def stop(self):
        """Ends `run` after the current round."""
        self._stopped = True

    def run(self):
        """Runs until `stop`."""
        select = self._selector.select
        while not self._stopped:
            timeout = None
            if self._timers:
                timeout = max(0.0, self._timers[0][0] - self.clock())
            ready = select(timeout)
            self.now = self.clock()
            while self._signals:
                self._signalled(self._signals.pop(0))
            for key, events in ready:
                key.data(events)
            while self._timers and self._timers[0][0] <= self.now:
                heapq.heappop(self._timers)[2]()


class Deadlines:
    """Things that each have the same number of seconds. Insertion order is order of expiry, so both ends are cheap."""

    def __init__(self, loop, seconds, expired):
        self._loop = loop
        self._seconds = seconds
        self._expired = expired
        self._due = {}
        self._armed = False

    def start(self, thing):
        """Starts, or starts again, the time of `thing`."""
        self._due.pop(thing, None)
        self._due[thing] = self._loop.now + self._seconds
        if not self._armed:
            self._arm(self._seconds)

    def cancel(self, thing):
        """`thing` has no time limit any more."""
        self._due.pop(thing, None)

    def __iter__(self):
        return iter(list(self._due))

    def __contains__(self, thing):
        return thing in self._due

    def _arm(self, seconds):
        self._armed = True
        self._loop.after(seconds, self._check)

    def _check(self):
        self._armed = False
        while self._due:
            thing, due = next(iter(self._due.items()))
            if due > self._loop.now:
                self._arm(due - self._loop.now)
                return
            del self._due[thing]
            self._expired(thing)
