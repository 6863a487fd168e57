"""Responses as bytes."""

from __future__ import annotations

import time

from http1 import status_line

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Responses:
    """Renders answers with the headers that say who answered."""

    def __init__(self, settings):
        identity = f"X-App-Version: {settings.version}\r\nX-App-Colour: {settings.colour}\r\n"
        if settings.task_id:
            identity += f"X-Task-Id: {settings.task_id}\r\n"
        self._identity = identity
        self._starts = {}
        self._second = 0
        self._date = ""

    def render(self, answer, request, keep_alive):
        """The whole response; `request` is None when its head could not be understood."""
        key = (answer.status, answer.type)
        start = self._starts.get(key)
        if start is None:
            start = f"{status_line(answer.status)}{self._identity}Content-Type: {answer.type}\r\n"
            self._starts[key] = start
        head = f"{start}{self._date_line()}Content-Length: {len(answer.body)}\r\n"
        if answer.allow:
            head += f"Allow: {answer.allow}\r\n"
        request_id = request and request.header(b"x-request-id")
        if request_id:
            head += f"X-Request-Id: {request_id}\r\n"
        if not keep_alive:
            head += "Connection: close\r\n"
        elif not request.persistent:
            head += "Connection: keep-alive\r\n"
        head += "\r\n"
        if request and request.method == "HEAD":
            return head.encode("latin-1")
        return head.encode("latin-1") + answer.body

    def _date_line(self):
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._date = time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n", time.gmtime(second))
        return self._date
