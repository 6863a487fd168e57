"""The log: one JSON object a line on stdout, written in batches."""

from __future__ import annotations

import json
import os
import time

FLUSH_SECONDS = 0.1
FLUSH_BYTES = 64 << 10
# What may wait for a reader that does not take it (only where stdout is non-blocking) before lines are dropped.
KEEP_BYTES = 1 << 20

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Log:
    """Lines wait at most `FLUSH_SECONDS` or `FLUSH_BYTES`, whichever comes first."""

    def __init__(self, version, access=True, fd=1):
        self._version = version
        self._access = access
        self._fd = fd
        self._lines = []
        self._bytes = 0
        self.dropped = 0
        """Lines lost since the last one that was taken."""
        self._second = 0
        self._second_text = ""
        self.schedule = None
        """Called with (seconds, callback) when the first line of a batch waits; without it each line goes out at once."""

    def info(self, message, **fields):
        """Something of note, as intended."""
        self._put({"time": self._now(), "level": "info", "message": message, **fields, "version": self._version})

    def error(self, message, **fields):
        """Something that went wrong."""
        self._put({"time": self._now(), "level": "error", "message": message, **fields, "version": self._version})

    def access(self, method, path, status, seconds, request_id, client):
        """One answered request. Errors of the service itself are logged also where access logging is off."""
        failed = status >= 500
        if not (self._access or failed):
            return
        self._put(
            {
                "time": self._now(),
                "level": "error" if failed else "info",
                "message": "request",
                "method": method,
                "path": path,
                "status": status,
                "duration_ms": round(seconds * 1000, 3),
                "request_id": request_id,
                "client": client,
                "version": self._version,
            }
        )

    def flush(self):
        """Writes what waits. Without a reader the lines are lost, and serving goes on."""
        data = "".join(self._lines).encode()
        self._lines.clear()
        self._bytes = 0
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except BlockingIOError:
            self._keep(data.decode())
        except OSError:
            pass

    def _keep(self, rest):
        """The reader is slow: keeps the rest of a batch for later, within bounds."""
        self._lines.append(rest)
        self._bytes = len(rest)
        if self.schedule:
            self.schedule(FLUSH_SECONDS, self.flush)

    def _put(self, fields):
        if self._bytes > KEEP_BYTES:
            self.dropped += 1
            return
        if self.dropped:
            fields["dropped_lines"] = self.dropped
            self.dropped = 0
        line = _encode(fields) + "\n"
        first = not self._lines
        self._lines.append(line)
        self._bytes += len(line)
        if not self.schedule or self._bytes - len(line) < FLUSH_BYTES <= self._bytes:
            self.flush()
        elif first:
            self.schedule(FLUSH_SECONDS, self.flush)

    def _now(self):
        """RFC 3339 in UTC with milliseconds; the text of a second is made once."""
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._second_text}.{int((now - second) * 1000):03d}Z"
