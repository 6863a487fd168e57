"""How much the service takes, on this machine: `python3 app/tests/load.py`, and `--help`.

Prints one line a figure. The generator shares the machine with the service; the service's own CPU time per request says
what the machine's noise cannot hide.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import resource
import selectors
import signal
import socket
import time

from process import App, resident_mib, until

REQUEST = b"GET / HTTP/1.1\r\nHost: load\r\nX-Request-Id: load-1\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n"


class Generator:
    """Connections, spread over ports, that each carry one request at a time."""

    def __init__(self, ports, connections):
        self.selector = selectors.DefaultSelector()
        self.free = collections.deque()
        self.latencies = []
        self.failures = 0
        for number in range(connections):
            connection = socket.create_connection(("127.0.0.1", ports[number % len(ports)]))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(connection, selectors.EVENT_READ, [0.0])
            self.free.append(connection)

    def send(self, due):
        """Sends a request; its latency counts from `due`."""
        connection = self.free.popleft()
        self.selector.get_key(connection).data[0] = due
        connection.sendall(REQUEST)

    def collect(self, seconds):
        """Takes the answers that come within `seconds`."""
        for key, _ in self.selector.select(max(0.0, seconds)):
            answer = key.fileobj.recv(4096)
            self.latencies.append(time.perf_counter() - key.data[0])
            self.failures += not answer.startswith(b"HTTP/1.1 200 ")
            if not answer:
                raise SystemExit("load: the service has closed a connection")
            self.free.append(key.fileobj)

    def close(self):
        """Closes all connections."""
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


def closed_loop(generator, seconds):
    """As fast as answers come."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        while generator.free:
            generator.send(time.perf_counter())
        generator.collect(1.0)


def open_loop(generator, seconds, rate):
    """At fixed due times, whatever the answers do."""
    start = time.perf_counter()
    for number in range(int(seconds * rate)):
        due = start + number / rate
        while not generator.free or time.perf_counter() < due:
            generator.collect(due - time.perf_counter() if generator.free else 1.0)
        generator.send(due)


def measure(name, drive, connections, instances=1, **env):
    """One load on some services, one line."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with contextlib.ExitStack() as stack:
        apps = [stack.enter_context(App(**env)) for _ in range(instances)]
        generator = Generator([app.port for app in apps], connections)
        begun = time.perf_counter()
        drive(generator)
        until(lambda: generator.collect(0.1) or len(generator.free) == connections)
        took = time.perf_counter() - begun
        generator.close()
        memory = max(resident_mib(app.process.pid) for app in apps)
        for app in apps:
            app.signal(signal.SIGTERM)
        for app in apps:
            app.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    ordered = sorted(generator.latencies)
    p50, p99 = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99))
    print(
        f"{name}: {len(ordered) / took:.0f} requests/s over {connections} connections to {instances} for {took:.1f} s, "
        f"{generator.failures} failures, p50 {p50:.2f} ms, p99 {p99:.2f} ms, "
        f"{cpu / took * 100:.0f} % of a core for all with their start-up, {memory:.1f} MiB resident each"
    )


def start_up(count):
    """CPU and time from nothing to a log line that says it listens, and memory then; the median of `count` starts."""
    times, cpus, memories = [], [], []
    for _ in range(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        with App() as app:
            times.append(time.perf_counter() - begun)
            memories.append(resident_mib(app.process.pid))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append((after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime))
    middle = [sorted(values)[count // 2] for values in (times, cpus, memories)]
    print(f"start-up: {middle[0] * 1000:.0f} ms, {middle[1] * 1000:.0f} ms of CPU, {middle[2]:.1f} MiB resident")


def main():
    """Start-up, then a closed loop with and without access log, then an open loop on one and on many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=1000.0, help="requests per second on one; half on many")
    parser.add_argument("--instances", type=int, default=24, help="how many are many")
    options = parser.parse_args()
    start_up(11)
    for access_log in ("on", "off"):
        name = f"closed loop, access log {access_log}"
        measure(name, lambda g: closed_loop(g, options.seconds), 16, ACCESS_LOG=access_log)
    measure("open loop", lambda g: open_loop(g, options.seconds, options.rate), 64)
    many = options.instances
    measure("open loop over many", lambda g: open_loop(g, options.seconds, options.rate / 2), many * 4, many)


if __name__ == "__main__":
    main()
