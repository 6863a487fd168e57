"""One client connection: requests are read, answered and logged one after the other."""

from __future__ import annotations

import struct
from socket import SHUT_WR, SO_LINGER, SOL_SOCKET

from body import body_of
from http1 import Refused, parse
from loop import READ, WRITE
from responses import CONTINUE
from routes import plain

READ_BYTES = 64 << 10
RESET = struct.pack("ii", 1, 0)


class Connection:
    """Always in one of: idle, reading a request, waiting to answer, writing, lingering before the close."""

    __slots__ = ("_server", "_socket", "_peer", "_in", "_out", "_request", "_body", "_began", "_since", "_interest")
    __slots__ += ("_answer", "_keep", "_lingering", "served")

    def __init__(self, server, socket, peer):
        self._server = server
        self._socket = socket
        self._peer = peer
        self._in = bytearray()
        self._out = b""
        self._request = None
        self._body = None
        self._answer = None
        self._keep = True
        self._lingering = False
        self._since = server.loop.now
        self._began = 0.0
        self._interest = 0
        self.served = 0
        self._want(READ)
        server.idle.start(self)

    def ready(self, events):
        """The socket can be read or written."""
        if not events & self._interest:  # closed, or set to wait, earlier in this round
            return
        try:
            if events & WRITE:
                self._flush()
            else:
                self._read()
        except OSError as error:
            self._lost(error)

    def _read(self):
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._gone()
        elif not self._lingering:
            if not self._in and self._request is None:
                self._begin()
            self._in += data
            self._advance()

    def timed_out(self):
        """A request, or the taking of an answer, has lasted too long."""
        if self._out:
            self._lost("the answer was not taken in time")
            return
        try:
            self._refuse(Refused(408, "the request did not arrive in time"))
        except OSError as error:
            self._lost(error)

    def close(self):
        """Ends the connection."""
        self._want(0)
        self._socket.close()
        self._server.closed(self)

    def _begin(self):
        server = self._server
        self._began = server.loop.now
        if self.served and self._began - self._since >= server.faults.close_at_keep_alive:
            self._socket.setsockopt(SOL_SOCKET, SO_LINGER, RESET)
            raise ConnectionAbortedError("fault: closed as the next request came")
        server.idle.cancel(self)
        server.transfers.start(self)

    def _advance(self):
        """Answers every request that is complete."""
        try:
            while self._complete():
                self._answer = self._server.routes.answer(self._request)
                self._server.transfers.cancel(self)
                if self._answer.delay > 0:
                    self._want(0)
                    self._server.loop.after(self._answer.delay, self._delayed)
                    return
                if not self._respond():
                    return
        except Refused as refused:
            self._refuse(refused)

    def _complete(self):
        if self._request is None:
            if not self._in:
                return False
            parsed = parse(self._in)
            if parsed is None:
                return False
            self._request, size = parsed
            del self._in[:size]
            self._body = body_of(self._request)
            if self._body and not self._in and b"expect" in self._request.headers:
                self._socket.send(CONTINUE)
        return self._body is None or self._body.feed(self._in)

    def _delayed(self):
        try:
            if self._respond():
                self._want(READ)
                self._advance()
        except OSError as error:
            self._lost(error)

    def _refuse(self, refused):
        self._answer = plain(refused.status, str(refused))
        self._server.idle.cancel(self)
        self._server.transfers.cancel(self)
        self._respond(keep=False)

    def _respond(self, keep=True):
        """Sends the answer; True when the next request may follow at once."""
        self._keep = keep and self._request.keep_alive and not self._server.draining
        self._out = self._server.responses.render(self._answer, self._request, self._keep)
        try:
            self._out = self._out[self._socket.send(self._out) :]
        except BlockingIOError:
            pass
        if not self._out:
            return self._answered()
        self._server.transfers.start(self)
        self._want(WRITE)
        return False

    def _flush(self):
        self._out = self._out[self._socket.send(self._out) :]
        if not self._out:
            self._server.transfers.cancel(self)
            if self._answered():
                self._want(READ)
                self._advance()

    def _answered(self):
        """The answer is out: logs it and makes ready for what comes next. False when that is nothing."""
        server = self._server
        self._log()
        self._request = self._body = self._answer = None
        self.served += 1
        self._since = self._began = server.loop.now
        if self._keep:
            (server.transfers if self._in else server.idle).start(self)
            return True
        # A close with unread bytes would reset the connection, and the client might lose the answer with it.
        self._lingering = True
        self._in.clear()
        self._socket.shutdown(SHUT_WR)
        server.lingering.start(self)
        self._want(READ)
        return False

    def _log(self):
        request, answer = self._request, self._answer
        seconds = self._server.loop.clock() - self._began
        if request is None:
            self._server.log.access(None, None, answer.status, seconds, None, self._peer)
            return
        # A load balancer adds the address it saw at the end; what stands before it is the client's own word.
        forwarded = request.header(b"x-forwarded-for")
        client = forwarded.rpartition(",")[2].strip() if forwarded else self._peer
        request_id = request.header(b"x-request-id")
        self._server.log.access(request.method, request.path, answer.status, seconds, request_id, client)

    def _gone(self):
        if self._in or self._request is not None:
            self._lost("closed amid a request")
        else:
            self.close()

    def _lost(self, error):
        """The connection broke. Worth a line only if a request was lost with it."""
        request = self._request
        if request is not None or self._in or isinstance(error, ConnectionAbortedError):
            path, request_id = (request.path, request.header(b"x-request-id")) if request else (None, None)
            self._server.log.error(
                "connection lost", error=str(error), path=path, request_id=request_id, client=self._peer
            )
        self.close()

    def _want(self, interest):
        """Which readiness to hear of: none while an answer waits, so that a client cannot run ahead."""
        if interest == self._interest:
            return
        if not interest:
            self._server.loop.unregister(self._socket)
        elif not self._interest:
            self._server.loop.register(self._socket, interest, self.ready)
        else:
            self._server.loop.modify(self._socket, interest, self.ready)
        self._interest = interest
