"""HTTP/1.1 messages (RFC 9110, RFC 9112) as pure functions of bytes. Strict where leniency lets requests be smuggled."""

from __future__ import annotations

HEAD_LIMIT = 16 << 10
BODY_LIMIT = 1 << 20

REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}

_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ONCE = frozenset((b"host", b"content-length", b"transfer-encoding"))


class Refused(Exception):
    """A message that cannot be served: answered with `status`, then the connection closes."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Request:
    """The head of a request. `persistent`: HTTP/1.1, where connections stay open unless someone says otherwise."""

    __slots__ = ("method", "path", "query", "headers", "persistent", "keep_alive", "length", "chunked")

    def header(self, name):
        """The value of a header, named in lower case; None without it."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def parse(buffer):
    """The first request's head in `buffer` and how many bytes it takes, or None while it is incomplete."""
    start = 0
    while buffer.startswith(b"\r\n", start):  # an empty line before a request is ignored
        start += 2
    end = buffer.find(b"\r\n\r\n", start)
    if end < 0 or end - start > HEAD_LIMIT:
        if len(buffer) - start > HEAD_LIMIT:
            raise Refused(431, f"the head of a request is at most {HEAD_LIMIT} bytes")
        if b"\n\n" in buffer or b"\0" in buffer:
            raise Refused(400, "lines end with CR LF")
        return None
    lines = bytes(buffer[start:end]).split(b"\r\n")
    request = Request()
    minor = _request_line(request, lines[0])
    request.headers = headers = _headers(lines)
    if minor and b"host" not in headers:
        raise Refused(400, "the Host header is missing")
    options = [option.strip() for option in headers.get(b"connection", b"").lower().split(b",")]
    request.persistent = minor > 0
    request.keep_alive = b"close" not in options and (request.persistent or b"keep-alive" in options)
    _framing(request)
    return request, end + 4


def _request_line(request, line):
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[0] or parts[0].translate(None, _TOKEN) or not _visible(parts[1]):
        raise Refused(400, "a request begins with METHOD TARGET HTTP/1.1")
    method, target, version = parts
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        known = version.startswith(b"HTTP/") and len(version) == 8
        raise Refused(505 if known else 400, "only HTTP/1.1 and HTTP/1.0 are spoken")
    if target[:7].lower() == b"http://":  # absolute form, as sent to proxies
        target = b"/" + target[7:].partition(b"/")[2]
    if not target.startswith(b"/"):
        raise Refused(400, "a target begins with a slash")
    path, _, query = target.decode("ascii").partition("?")
    request.method, request.path, request.query = method.decode("ascii"), path, query
    return int(version[-1:])


def _visible(data):
    return bool(data) and data.isascii() and min(data) > 32 and max(data) < 127


def _headers(lines):
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.translate(None, _TOKEN):
            raise Refused(400, "a header is NAME: VALUE")
        if b"\r" in value or b"\n" in value or b"\0" in value:
            raise Refused(400, "a header's value has no line breaks")
        name = name.lower()
        value = value.strip(b" \t")
        if name in headers:
            if name in _ONCE:
                raise Refused(400, f"{name.decode()} is given twice")
            value = headers[name] + b", " + value
        headers[name] = value
    return headers


def _framing(request):
    """How long the body is. Two answers to that question would be two requests."""
    length = request.headers.get(b"content-length")
    coding = request.headers.get(b"transfer-encoding")
    request.length, request.chunked = 0, False
    if coding is not None:
        if length is not None or not request.persistent:
            raise Refused(400, "Transfer-Encoding excludes Content-Length, and HTTP/1.0")
        if coding.lower() != b"chunked":
            raise Refused(501, "the only transfer coding is chunked")
        request.chunked = True
    elif length is not None:
        if not length.isdigit():
            raise Refused(400, "Content-Length is a whole number")
        if len(length) > 18 or int(length) > BODY_LIMIT:
            raise Refused(413, f"a body is at most {BODY_LIMIT} bytes")
        request.length = int(length)
    expect = request.headers.get(b"expect")
    if expect is not None and expect.lower() != b"100-continue":
        raise Refused(417, "the only expectation is 100-continue")


def status_line(status):
    """The first line of a response."""
    return f"HTTP/1.1 {status} {REASONS[status]}\r\n"
