"""The log: JSON lines, soon, and completely."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone

from logs import KEEP_BYTES, Log
from tests.process import APP, App, Client


class Lines(unittest.TestCase):
    """What the real process writes."""

    def test_a_request_s_line_says_everything(self):
        with App(VERSION="v9") as app:
            app.get("/slow?ms=20", X_Request_Id='a"b\\c', X_Forwarded_For="203.0.113.1, 198.51.100.7")
            line = app.log(message="request")
            self.assertGreaterEqual(line.pop("duration_ms"), 20)
            said = datetime.strptime(line.pop("time"), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
            self.assertLess(abs(datetime.now(timezone.utc) - said), timedelta(seconds=5))
            self.assertEqual(
                line,
                {
                    "level": "info",
                    "message": "request",
                    "method": "GET",
                    "path": "/slow",
                    "status": 200,
                    "request_id": 'a"b\\c',
                    "client": "198.51.100.7",
                    "version": "v9",
                },
            )
            app.get("/nowhere")
            line = app.log(message="request")
            self.assertEqual((line["client"], line["request_id"], line["status"]), ("127.0.0.1", None, 404))

    def test_lines_come_soon(self):
        with App() as app:
            begun = time.monotonic()
            app.get("/")
            app.log(message="request")
            self.assertLess(time.monotonic() - begun, 1.0)  # 0.1 s, and a slow machine's share

    def test_every_request_has_its_line_whatever_ends_the_process(self):
        for end in ("SIGTERM", "crash"):
            env = {"FAULT_CRASH_AFTER_SECONDS": "1.5"} if end == "crash" else {}
            with App(**env) as app, app.connect() as client:
                for number in range(50):
                    client.get("/", X_Request_Id=str(number))
                client.close()
                if end == "SIGTERM":
                    app.signal(signal.SIGTERM)
                app.wait()
                logged = [line["request_id"] for line in app.lines if line["message"] == "request"]
                self.assertEqual(logged, [str(number) for number in range(50)], end)

    def test_access_log_off_leaves_errors(self):
        with App(ACCESS_LOG="off", FAULT_FAIL_AFTER_SECONDS="0") as app:
            app.get("/health")
            app.get("/")
            app.signal(signal.SIGTERM)
            app.wait()
            self.assertEqual(
                [(line["message"], line["level"]) for line in app.lines],
                [("listening", "info"), ("request", "error"), ("stopping", "info"), ("stopped", "info")],
            )
            self.assertEqual(app.lines[-1]["requests"], 2)

    def test_a_request_that_is_cut_off_is_an_error(self):
        with App() as app:
            with app.connect() as client:
                client.send(b"POST / HTTP/1.1\r\nHost: h\r\nX-Request-Id: cut\r\nContent-Length: 9\r\n\r\nabc")
                app.get("/health")
            line = app.log(message="connection lost")
            self.assertEqual((line["level"], line["request_id"], line["path"]), ("error", "cut", "/"))

    def test_a_refused_request_is_one_line_and_no_loss(self):
        with App() as app:
            with app.connect() as client:
                client.send(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 1000)
                self.assertEqual(client.response().status, 400)
            app.signal(signal.SIGTERM)
            app.wait()
            self.assertEqual([line.get("status") for line in app.lines], [None, 400, None, None])

    def test_it_serves_on_without_a_reader(self):
        env = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0", "LIFELINE_FD": "0"}
        pipe = subprocess.PIPE
        with subprocess.Popen([sys.executable, "-I", "-S", APP], env=env, stdin=pipe, stdout=pipe) as process:
            port = json.loads(process.stdout.readline())["port"]
            process.stdout.close()
            for _ in range(3):
                with Client(port) as client:
                    self.assertEqual(client.get("/").status, 200)
                time.sleep(0.15)  # the case itself: past the time of a flush
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(10), 0)


class Batches(unittest.TestCase):
    """Writing, without a process."""

    def setUp(self):
        self.read, self.write = os.pipe()
        self.later = []
        self.log = Log("v", fd=self.write)
        self.log.schedule = lambda seconds, callback: self.later.append(callback)

    def tearDown(self):
        os.close(self.read)
        os.close(self.write)

    def test_lines_wait_for_one_flush(self):
        for number in range(3):
            self.log.info(f"m{number}")
        self.assertEqual(len(self.later), 1)
        self.later.pop()()
        lines = os.read(self.read, 65536).splitlines()
        self.assertEqual([json.loads(line)["message"] for line in lines], ["m0", "m1", "m2"])

    def test_a_reader_that_stalls_costs_lines_not_memory(self):
        os.set_blocking(self.write, False)
        count = 0
        while not self.log.dropped:
            self.log.info("x" * 1000)
            count += 1
            self.assertLess(count * 1000, 2 * KEEP_BYTES)
        os.set_blocking(self.read, False)
        data = b""
        while self.later:
            self.later.pop()()
            try:
                data += os.read(self.read, 1 << 20)
            except BlockingIOError:
                pass
        self.assertEqual(len(data.splitlines()), count - 1, "whole lines, and all but the dropped one")
        self.log.info("after")
        self.log.flush()
        self.assertEqual(json.loads(os.read(self.read, 65536))["dropped_lines"], 1)


if __name__ == "__main__":
    unittest.main()
