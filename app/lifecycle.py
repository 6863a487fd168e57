"""The life of the process: it starts, it is told to end, or its parent dies."""

from __future__ import annotations

import os
import signal

from loop import READ
from settings import Invalid


class CannotListen(Exception):
    """The port cannot be had."""


class Lifecycle:
    """Connects signals, the lifeline and the slow start with the server."""

    def __init__(self, loop, settings, faults, server, log):
        self._loop = loop
        self._settings = settings
        self._faults = faults
        self._server = server
        self._log = log
        self._ending = False

    def start(self):
        """Hooks everything up and opens the port, at once or late. Raises CannotListen, Invalid."""
        self._loop.on_signals((signal.SIGTERM, signal.SIGINT), self._signalled)
        if self._settings.lifeline is not None:
            self._hold_lifeline(self._settings.lifeline)
        self._faults.arm(self._loop, self._log)
        if self._faults.slow_start > 0:
            self._log.error("fault: starting slowly", seconds=self._faults.slow_start)
            self._loop.after(self._faults.slow_start, self._open_late)
        else:
            self._open()

    def _open(self):
        host, port = self._settings.host, self._settings.port
        try:
            port = self._server.listen(host, port)
        except OSError as error:
            raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
        self._log.info("listening", host=host, port=port, colour=self._settings.colour)

    def _open_late(self):
        if not self._ending:
            self._open()

    def _hold_lifeline(self, descriptor):
        """The other end of this pipe is held by the parent alone: when it closes, the parent is gone, however it went."""

        def readable(_events):
            try:
                gone = not os.read(descriptor, 4096)
            except BlockingIOError:
                return
            except OSError:
                gone = True
            if gone:
                self._log.error("the parent is gone")
                self._end_at_once(1)

        try:
            self._loop.register(descriptor, READ, readable)
        except (OSError, ValueError) as error:
            raise Invalid(f"LIFELINE_FD={descriptor}: not the reading end of a pipe ({error})") from None

    def _signalled(self, number):
        name = signal.Signals(number).name
        if number == signal.SIGTERM and self._faults.ignore_sigterm:
            self._log.error("fault: ignored", signal=name)
        elif self._ending:
            self._log.error("ended at once", signal=name)
            self._end_at_once(128 + number)
        else:
            self._ending = True
            self._log.info("stopping", signal=name, drain_seconds=self._settings.drain)
            if self._settings.drain > 0:
                self._server.drain()
                self._loop.after(self._settings.drain, self._server.wind_down)
            else:
                self._server.wind_down()

    def _end_at_once(self, code):
        self._log.flush()
        os._exit(code)
