"""The container's own health check: exit 0 when /health answers 200 within 2 s. Reads PORT as the service does."""

from __future__ import annotations

import os
import socket
import sys

TIMEOUT_SECONDS = 2.0


def main():
    """One request; what went wrong goes to stderr, where the container engine keeps it."""
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8080)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with socket.create_connection((host, port), TIMEOUT_SECONDS) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            status = connection.makefile("rb").readline().decode("latin-1").strip()
    except OSError as error:
        status = str(error)
    if status.startswith("HTTP/1.1 200 "):
        return 0
    print(f"healthcheck: {host}:{port}: {status or 'closed without an answer'}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
