"""The listening socket and its connections, from the first to the last."""

from __future__ import annotations

import socket

from connection import Connection
from loop import READ, Deadlines

BACKLOG = 1024
ACCEPTS = 64
# How long a closed connection waits for its client's own close.
LINGER_SECONDS = 1.0
# How long the first request of a connection is waited for once the server winds down.
FIRST_REQUEST_SECONDS = 1.0
RETRY_ACCEPT_SECONDS = 0.1


class Server:
    """Accepts, serves, drains."""

    def __init__(self, loop, settings, faults, routes, responses, log):
        self.loop = loop
        self.faults = faults
        self.routes = routes
        self.responses = responses
        self.log = log
        self.draining = False
        self.idle = Deadlines(loop, settings.keep_alive, Connection.close)
        self.transfers = Deadlines(loop, settings.transfer, Connection.timed_out)
        self.lingering = Deadlines(loop, LINGER_SECONDS, Connection.close)
        self._first = Deadlines(loop, FIRST_REQUEST_SECONDS, self._give_up)
        self._connections = set()
        self._listener = None
        self._listening = False
        self._winding_down = False
        self.answered = 0
        """How many requests were answered on connections that have ended."""

    def listen(self, host, port):
        """Opens the port and answers its number. Raises OSError when it cannot be had."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
        listener.setblocking(False)
        self._listener = listener
        self._listen_for(True)
        return listener.getsockname()[1]

    def drain(self):
        """From now on every answer closes its connection, so that clients find another server next time."""
        self.draining = self.routes.draining = True

    def wind_down(self):
        """Takes no new connection, finishes what is in flight, then stops the loop."""
        self.drain()
        self._winding_down = True
        if self._listener:
            while self._accept():  # who is in the queue would be reset, and may have sent a request already
                pass
            self._listen_for(False)
            self._listener.close()
            self._listener = None
        for connection in self.idle:
            connection.ready(READ)  # a request may have come a moment ago
        for connection in self.idle:
            if connection.served:
                connection.close()
            else:
                self._first.start(connection)
        self._stop_when_done()

    def closed(self, connection):
        """A connection has ended."""
        self.answered += connection.served
        self._connections.discard(connection)
        for deadlines in (self.idle, self.transfers, self.lingering, self._first):
            deadlines.cancel(connection)
        self._stop_when_done()

    def _give_up(self, connection):
        if not connection.served and connection in self.idle:
            connection.close()

    def _stop_when_done(self):
        if self._winding_down and not self._connections:
            self.loop.stop()

    def _acceptable(self, _events):
        for _ in range(ACCEPTS):
            if not self._listening or not self._accept():  # not any more, since earlier in this round
                return

    def _accept(self):
        """Takes one connection; False when none waits."""
        try:
            client, address = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError as error:  # out of descriptors: the others go on, and the queue waits
            self.log.error("cannot accept", error=str(error))
            self._listen_for(False)
            self.loop.after(RETRY_ACCEPT_SECONDS, lambda: self._listen_for(True))
            return False
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.add(Connection(self, client, address[0]))
        return True

    def _listen_for(self, connections):
        """Whether new connections wake the loop."""
        if self._listener is None or connections == self._listening:
            return
        self._listening = connections
        if connections:
            self.loop.register(self._listener, READ, self._acceptable)
        else:
            self.loop.unregister(self._listener)
