"""Request bodies: read to their end, so that the next request is found, and let go."""

from __future__ import annotations

from http1 import BODY_LIMIT, Refused

LINE_LIMIT = 4 << 10


class Sized:
    """A body of a given length."""

    def __init__(self, length):
        self._left = length

    def feed(self, buffer):
        """Takes what belongs to the body out of `buffer` (a bytearray); True at the end of the body."""
        taken = min(self._left, len(buffer))
        del buffer[:taken]
        self._left -= taken
        return not self._left


class Chunked:
    """A body in chunks (RFC 9112, section 7.1)."""

    def __init__(self):
        self._left = 0
        self._total = 0
        self._step = self._size

    def feed(self, buffer):
        """Takes what belongs to the body out of `buffer` (a bytearray); True at the end of the body."""
        while self._step:
            if not self._step(buffer):
                return False
        return True

    # Each step answers whether it found all that it needs.

    def _size(self, buffer):
        line = _line(buffer)
        if line is None:
            return False
        digits = line.partition(b";")[0].rstrip(b" \t")
        if not digits or len(digits) > 8 or digits.translate(None, b"0123456789abcdefABCDEF"):
            raise Refused(400, "a chunk begins with its size in hexadecimal digits")
        self._left = int(digits, 16)
        self._total += self._left
        if self._total > BODY_LIMIT:
            raise Refused(413, f"a body is at most {BODY_LIMIT} bytes")
        self._step = self._data if self._left else self._trailer
        return True

    def _data(self, buffer):
        taken = min(self._left, len(buffer))
        del buffer[:taken]
        self._left -= taken
        if self._left or len(buffer) < 2:
            return False
        if not buffer.startswith(b"\r\n"):
            raise Refused(400, "a chunk ends with CR LF")
        del buffer[:2]
        self._step = self._size
        return True

    def _trailer(self, buffer):
        line = _line(buffer)
        if line is None:
            return False
        self._total += len(line)
        if self._total > BODY_LIMIT:
            raise Refused(413, f"a body is at most {BODY_LIMIT} bytes")
        if not line:
            self._step = None
        return True


def body_of(request):
    """The body that follows a request's head; None when there is none."""
    if request.chunked:
        return Chunked()
    return Sized(request.length) if request.length else None


def _line(buffer):
    end = buffer.find(b"\r\n")
    if end < 0 and len(buffer) <= LINE_LIMIT:
        return None
    if end < 0 or end > LINE_LIMIT:
        raise Refused(400, f"a line between chunks is at most {LINE_LIMIT} bytes")
    line = bytes(buffer[:end])
    del buffer[: end + 2]
    return line
