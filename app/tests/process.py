"""The real service as a process, and raw HTTP to it."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time

APP = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "app.py")
PATIENCE = 10.0


class App:
    """A service on a free port of 127.0.0.1; ends with the `with` block, whatever happened in it."""

    def __init__(self, listens=True, command=(sys.executable, "-I", "-S", APP), pass_fds=(), **env):
        self.started = time.monotonic()
        inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        self.process = subprocess.Popen(
            command,
            env={**inherited, "HOST": "127.0.0.1", "PORT": "0", "LIFELINE_FD": "0", **env},
            stdin=subprocess.PIPE,  # the lifeline: a test run that is killed leaves no service behind
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
        )
        self.lines = []
        self._stderr = ""
        self._queue = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = self.log(message="listening")["port"] if listens else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def log(self, patience=PATIENCE, **fields):
        """Waits for the next log line with these fields."""
        deadline = time.monotonic() + patience
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no log line with {fields} in {self.lines}") from None
            if line is None:
                raise AssertionError(f"ended without a log line with {fields}: {self.lines} {self.errors()}")
            if all(line.get(name) == value for name, value in fields.items()):
                return line

    def connect(self):
        """A new connection."""
        return Client(self.port)

    def get(self, target, **headers):
        """One request on its own connection."""
        with self.connect() as client:
            return client.get(target, Connection="close", **headers)

    def refuses(self):
        """Whether nothing listens on the port."""
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    def signal(self, number):
        """Sends a signal."""
        self.process.send_signal(number)

    def wait(self, patience=PATIENCE):
        """The exit code, once the process has ended and its log is read."""
        code = self.process.wait(patience)
        self._reader.join()
        self._stderr += self.process.stderr.read().decode()
        if "Traceback" in self._stderr:
            raise AssertionError(self._stderr)
        return code

    def errors(self):
        """What an ended process has said on stderr."""
        self.wait()
        return self._stderr

    def _read(self):
        for raw in self.process.stdout:
            line = json.loads(raw)
            self.lines.append(line)
            self._queue.put(line)
        self._queue.put(None)


class Response:
    """A status, headers by lower-case name, and a body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Client:
    """One connection that stays open until either side closes it."""

    def __init__(self, port, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), PATIENCE)
        self._file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the connection."""
        self._file.close()
        self.socket.close()

    def send(self, data):
        """Sends bytes as they are."""
        self.socket.sendall(data)

    def ask(self, target, method="GET", **headers):
        """Sends a request without waiting for its answer."""
        lines = [f"{method} {target} HTTP/1.1", "Host: test"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def get(self, target, method="GET", **headers):
        """A request and its answer."""
        self.ask(target, method, **headers)
        return self.response(method)

    def response(self, method="GET"):
        """The next answer; None when the connection has ended."""
        first = self._file.readline()
        if not first:
            return None
        headers = {}
        for line in iter(self._file.readline, b"\r\n"):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        status = int(first.split()[1])
        has_body = method != "HEAD" and status != 100
        body = self._file.read(int(headers["content-length"])).decode() if has_body else ""
        return Response(status, headers, body)

    def ended(self):
        """Whether the other side has closed, once it has: waits for that."""
        return self._file.read(1) == b""


def resident_mib(pid):
    """Resident memory of a process."""
    kib = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], stdout=subprocess.PIPE, check=True).stdout
    return int(kib) / 1024


def until(condition, patience=PATIENCE):
    """Waits until `condition()` holds, and answers what it gave."""
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.005)
