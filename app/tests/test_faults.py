"""Each fault, in the real process."""

from __future__ import annotations

import os
import signal
import time
import unittest

from faults import NAMES
from tests.process import App, resident_mib, until

README = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "README.md")


class Faults(unittest.TestCase):
    """What goes wrong does, and what should not does not."""

    def test_health_fails_after_a_while_and_the_pages_do_not(self):
        with App(FAULT_FAIL_HEALTH_AFTER_SECONDS="1.5") as app:
            self.assertEqual(app.get("/health").status, 200)
            until(lambda: app.get("/health").status == 503)
            self.assertGreaterEqual(time.monotonic() - app.started, 1.5)
            self.assertEqual(app.get("/ready").status, 503)
            self.assertEqual(app.get("/").status, 200)

    def test_crash_on_start(self):
        with App(listens=False, FAULT_CRASH_ON_START="42") as app:
            self.assertEqual(app.wait(), 42)
            self.assertEqual([line["exit_code"] for line in app.lines], [42])

    def test_crash_later_loses_what_is_in_flight(self):
        with App(FAULT_CRASH_AFTER_SECONDS="1") as app, app.connect() as client:
            client.ask("/slow?ms=60000")
            self.assertTrue(client.ended())
            self.assertEqual(app.wait(), 1)

    def test_leak(self):
        with App(FAULT_LEAK_MIB_PER_SECOND="40") as app:
            before = resident_mib(app.process.pid)
            until(lambda: resident_mib(app.process.pid) > before + 20)
            self.assertEqual(app.get("/").status, 200)

    def test_slow_start_has_no_port_until_then(self):
        with App(listens=False, FAULT_SLOW_START_SECONDS="0.7") as app:
            port = app.log(message="listening")["port"]
            self.assertGreaterEqual(time.monotonic() - app.started, 0.7)
            app.port = port
            self.assertEqual(app.get("/ready").status, 200)

    def test_slow_start_can_be_ended(self):
        with App(listens=False, FAULT_SLOW_START_SECONDS="60") as app:
            app.log(message="fault: starting slowly")
            app.signal(signal.SIGTERM)
            self.assertEqual(app.wait(), 0)

    def test_slow_ready_has_the_port_and_answers_503(self):
        with App(FAULT_SLOW_READY_SECONDS="1.5") as app:
            self.assertEqual((app.get("/ready").status, app.get("/health").status), (503, 503))
            until(lambda: app.get("/ready").status == 200)
            self.assertGreaterEqual(time.monotonic() - app.started, 1.5)
            self.assertEqual(app.get("/health").status, 200)

    def test_sigterm_can_be_ignored(self):
        with App(FAULT_IGNORE_SIGTERM="1") as app:
            for _ in range(2):
                app.signal(signal.SIGTERM)
                app.log(message="fault: ignored")
                self.assertEqual(app.get("/ready").status, 200)
            app.signal(signal.SIGINT)
            self.assertEqual(app.wait(), 0)

    def test_error_rate_is_the_same_for_the_same_seed(self):
        def statuses(seed):
            with App(FAULT_ERROR_RATE="0.3", FAULT_SEED=seed) as app, app.connect() as client:
                result = []
                for _ in range(300):
                    self.assertEqual(client.get("/health").status, 200)
                    result.append(client.get("/").status)
                return result

        one = statuses("7")
        self.assertEqual(one, statuses("7"))
        self.assertNotEqual(one, statuses("8"))
        self.assertEqual(set(one), {200, 500})
        self.assertTrue(60 <= one.count(500) <= 120, one.count(500))

    def test_error_rates_none_and_all(self):
        with App(FAULT_ERROR_RATE="0") as none, App(FAULT_ERROR_RATE="1") as every:
            for _ in range(20):
                self.assertEqual(none.get("/").status, 200)
                self.assertEqual(every.get("/slow?ms=0").status, 500)
            self.assertEqual(every.log(status=500)["level"], "error")

    def test_pages_fail_after_a_while_and_health_does_not(self):
        with App(FAULT_FAIL_AFTER_SECONDS="1.5") as app:
            self.assertEqual(app.get("/").status, 200)
            until(lambda: app.get("/").status == 500)
            self.assertGreaterEqual(time.monotonic() - app.started, 1.5)
            self.assertEqual(app.get("/health").status, 200)
            self.assertEqual(app.get("/version").status, 200)

    def test_latency_and_its_factor(self):
        with App(FAULT_LATENCY_MS="50", FAULT_LATENCY_FACTOR="3") as app:
            for target, at_least in (("/", 150), ("/slow?ms=30", 240)):
                app.get(target)
                self.assertGreaterEqual(app.log(message="request")["duration_ms"], at_least)
            app.get("/health")
            self.assertLess(app.log(message="request")["duration_ms"], 150)

    def test_a_connection_is_reset_as_its_next_request_comes(self):
        with App(FAULT_CLOSE_AT_KEEP_ALIVE="0.3") as app, app.connect() as client:
            client.get("/")
            self.assertEqual(client.get("/").status, 200, "used again at once")
            time.sleep(0.3)  # the case itself: idle for longer than the service likes
            client.ask("/")
            with self.assertRaises(ConnectionResetError):
                client.response()
            self.assertEqual(app.log(message="connection lost")["level"], "error")

    def test_each_fault_stands_in_the_table(self):
        with open(README, encoding="utf-8") as file:
            rows = [line.split("`")[1] for line in file if line.startswith("| `FAULT_")]
        self.assertEqual(sorted(rows), sorted(NAMES))


if __name__ == "__main__":
    unittest.main()
