"""What the service answers."""

from __future__ import annotations

import json

from http1 import REASONS

# AWS gives a container at most 120 s between SIGTERM and SIGKILL; a longer request could never be drained.
SLOW_LIMIT_MS = 120_000

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


class Answer:
    """A response without its framing; `delay` seconds pass before it is sent."""

    __slots__ = ("status", "type", "body", "delay", "allow")

    def __init__(self, status, body, type=TEXT, delay=0.0, allow=None):
        self.status = status
        self.body = body.encode()
        self.type = type
        self.delay = delay
        self.allow = allow


class Routes:
    """The paths. `age()` is how many seconds the process has been up; `draining` says that it is about to go."""

    def __init__(self, settings, faults, age):
        self._faults = faults
        self._age = age
        self._hello = f"Hello from {settings.version} ({settings.colour}) - Blue/Green deployment test!"
        self._version = json.dumps(
            {"version": settings.version, "colour": settings.colour, "task_id": settings.task_id or None}
        )
        self.draining = False
        self._paths = {
            "/": (self._root, ("GET", "HEAD", "POST")),
            "/slow": (self._slow, ("GET", "HEAD", "POST")),
            "/health": (self._health, ("GET", "HEAD")),
            "/ready": (self._ready, ("GET", "HEAD")),
            "/version": (self._version_json, ("GET", "HEAD")),
        }

    def answer(self, request):
        """The answer to a request whose body has been read."""
        handler, methods = self._paths.get(request.path, (None, ()))
        if handler is None:
            return plain(404, "no such path; there are / /health /ready /version /slow?ms=")
        if request.method not in methods:
            return Answer(405, f"405 {REASONS[405]}\n", allow=", ".join(methods))
        answer = handler(request)
        if answer.status == 200 and self._faults.error(request.path, self._age()):
            answer = Answer(500, "500 Internal Server Error: fault\n", delay=answer.delay)
        answer.delay = self._faults.delay(request.path, answer.delay)
        return answer

    def _root(self, _request):
        return Answer(200, self._hello)

    def _health(self, _request):
        if self._faults.unhealthy(self._age()):
            return plain(503, "unhealthy")
        return Answer(200, "ok\n")

    def _ready(self, _request):
        if self.draining:
            return plain(503, "draining")
        if self._faults.unhealthy(self._age()):
            return plain(503, "not ready")
        return Answer(200, "ready\n")

    def _version_json(self, _request):
        return Answer(200, self._version + "\n", JSON)

    def _slow(self, request):
        values = [pair[3:] for pair in request.query.split("&") if pair.startswith("ms=")]
        if len(values) != 1 or not values[0].isdigit() or len(values[0]) > 6 or int(values[0]) > SLOW_LIMIT_MS:
            return plain(400, f"/slow?ms= takes a whole number from 0 to {SLOW_LIMIT_MS}")
        return Answer(200, f"waited {int(values[0])} ms\n{self._hello}", delay=int(values[0]) / 1000)


def plain(status, why):
    """An answer that says why it is not what was wanted."""
    return Answer(status, f"{status} {REASONS[status]}: {why}\n")
