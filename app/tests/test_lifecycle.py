"""Starting, ending, and what happens to connections meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import time
import unittest

from faults import Faults
from settings import Invalid, Settings
from tests.process import APP, App, Client, until


class Ending(unittest.TestCase):
    """SIGTERM, SIGINT, and what they leave alone."""

    def test_requests_in_flight_are_answered_and_nothing_else_is_taken(self):
        with App() as app, app.connect() as busy, app.connect() as idle:
            idle.get("/")
            busy.ask("/slow?ms=700", X_Request_Id="in-flight")
            busy_started = time.monotonic()
            app.get("/health")  # a round trip: the slow request has been read by now
            app.signal(signal.SIGTERM)
            self.assertTrue(idle.ended())
            until(app.refuses)
            self.assertLess(time.monotonic() - busy_started, 0.7, "too slow a machine to show anything")
            response = busy.response()
            self.assertEqual((response.status, response.headers["connection"]), (200, "close"))
            self.assertTrue(busy.ended())
            busy.close()
            self.assertEqual(app.wait(), 0)
            self.assertEqual(app.lines[-1]["message"], "stopped")
            self.assertIn("in-flight", [line.get("request_id") for line in app.lines])

    def test_a_body_still_on_its_way_is_in_flight(self):
        with App() as app, app.connect() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab")
            app.get("/health")
            app.signal(signal.SIGTERM)
            until(app.refuses)
            client.send(b"cd")
            self.assertEqual(client.response().status, 200)
            client.close()
            self.assertEqual(app.wait(), 0)

    def test_a_connection_without_a_request_yet_may_still_send_it(self):
        with App() as app, app.connect() as fresh:
            app.get("/health")
            app.signal(signal.SIGTERM)
            app.log(message="stopping")
            self.assertEqual(fresh.get("/").headers["connection"], "close")
            fresh.close()
            self.assertEqual(app.wait(), 0)

    def test_requests_that_come_together_with_the_signal_are_answered(self):
        """On an open connection, and on one that still stands in the queue of the listening socket."""
        with App() as app, app.connect() as kept:
            kept.get("/")
            app.signal(signal.SIGSTOP)
            kept.ask("/", X_Request_Id="kept")
            with app.connect() as queued:
                queued.ask("/", X_Request_Id="queued")
                app.signal(signal.SIGTERM)
                app.signal(signal.SIGCONT)
                for client, name in ((kept, "kept"), (queued, "queued")):
                    response = client.response()
                    self.assertEqual((response.status, response.headers["x-request-id"]), (200, name))
                    self.assertEqual(response.headers["connection"], "close")
            kept.close()
            self.assertEqual(app.wait(), 0)

    def test_a_connection_that_stays_silent_does_not_keep_it_alive(self):
        with App() as app, app.connect() as silent:
            app.get("/health")
            app.signal(signal.SIGTERM)
            self.assertTrue(silent.ended())
            self.assertEqual(app.wait(), 0)

    def test_drain_seconds_are_served(self):
        with App(DRAIN="0.8") as app, app.connect() as kept:
            kept.get("/")
            app.signal(signal.SIGTERM)
            app.log(message="stopping", drain_seconds=0.8)
            self.assertEqual(app.get("/ready").status, 503)
            self.assertEqual(app.get("/health").status, 200)
            self.assertEqual(app.get("/").status, 200)
            self.assertEqual(kept.get("/").headers["connection"], "close")
            until(app.refuses)
            self.assertEqual(app.wait(), 0)

    def test_a_second_signal_ends_at_once(self):
        for second, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with App() as app, app.connect() as busy:
                busy.ask("/slow?ms=60000")
                app.get("/health")
                app.signal(signal.SIGTERM)
                app.log(message="stopping")
                app.signal(second)
                self.assertEqual(app.wait(), code)
                self.assertEqual(app.lines[-1]["message"], "ended at once")

    def test_interrupt_is_a_first_signal_too(self):
        with App() as app:
            app.signal(signal.SIGINT)
            self.assertEqual(app.wait(), 0)


class Connections(unittest.TestCase):
    """How long they live, and how many there may be."""

    def test_idle_connections_end_after_the_keep_alive_time_and_not_before(self):
        with App(KEEP_ALIVE_SECONDS="0.6") as app, app.connect() as client:
            for _ in range(4):
                begun = time.monotonic()
                client.get("/")
                time.sleep(0.2)  # the case itself: used again before its time is up
            self.assertTrue(client.ended())
            self.assertGreaterEqual(time.monotonic() - begun, 0.59)

    def test_requests_that_do_not_arrive_and_answers_that_are_not_taken_end(self):
        with App(REQUEST_SECONDS="0.4") as app, app.connect() as slow, app.connect() as deaf:
            slow.send(b"GET / HTTP/1.1\r\nHo")
            response = slow.response()
            self.assertEqual((response.status, response.headers["connection"]), (408, "close"))
            request = b"GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: " + b"x" * 8000 + b"\r\n\r\n"
            with self.assertRaises(OSError):  # until the service gives the connection up
                while True:
                    deaf.send(request)
            self.assertEqual(app.log(message="connection lost")["error"], "the answer was not taken in time")
            self.assertEqual(app.get("/").status, 200)

    def test_many_connections_use_each_other_s_answers_not(self):
        with App() as app:
            clients = [app.connect() for _ in range(200)]
            for number, client in enumerate(clients):
                client.ask("/", X_Request_Id=str(number))
            for number, client in enumerate(clients):
                self.assertEqual(client.response().headers["x-request-id"], str(number))
                client.close()

    def test_it_goes_on_when_descriptors_run_out(self):
        command = f'ulimit -n 24; exec "{sys.executable}" -I -S "{APP}"'
        with App(command=["sh", "-c", command]) as app:
            begun = time.monotonic()
            clients = [app.connect() for _ in range(40)]
            app.log(message="cannot accept")
            app.log(message="cannot accept")
            lines = [line for line in app.lines if line["message"] == "cannot accept"]
            self.assertLess(len(lines), 4 + (time.monotonic() - begun) / 0.1, "it should pause between attempts")
            for client in clients[:30]:
                client.close()
            for client in clients[30:]:
                self.assertEqual(client.get("/").status, 200)
                client.close()
            app.signal(signal.SIGTERM)
            self.assertEqual(app.wait(), 0)


class Lifeline(unittest.TestCase):
    """The process ends with its parent."""

    def test_ends_when_the_pipe_ends(self):
        read, write = os.pipe()
        with App(LIFELINE_FD=str(read), pass_fds=(read,)) as app, app.connect() as busy:
            os.close(read)
            os.write(write, b"still here")
            busy.ask("/slow?ms=60000")
            self.assertEqual(app.get("/health").status, 200)
            os.close(write)
            self.assertEqual(app.wait(), 1)
            self.assertEqual(app.lines[-1]["message"], "the parent is gone")

    def test_ends_when_the_parent_is_killed(self):
        program = (
            "import os, subprocess, sys, time\n"
            f"subprocess.Popen([sys.executable, '-I', '-S', {APP!r}], stdin=subprocess.PIPE)\n"
            "time.sleep(60)\n"
        )
        # The parent inherits this environment's HOST, PORT and LIFELINE_FD, and so does the service, its child.
        with App(command=[sys.executable, "-c", program], LIFELINE_FD="0", FAULT_IGNORE_SIGTERM="on") as parent:
            self.assertFalse(parent.refuses())
            parent.process.kill()
            until(parent.refuses)
            parent.wait()  # the log ends: nobody holds standard output any more
            self.assertEqual(parent.lines[-1]["message"], "the parent is gone")

    def test_also_while_the_port_is_not_open_yet(self):
        read, write = os.pipe()
        with App(listens=False, LIFELINE_FD=str(read), pass_fds=(read,), FAULT_SLOW_START_SECONDS="60") as app:
            os.close(read)
            os.close(write)
            self.assertEqual(app.wait(), 1)


class Refusals(unittest.TestCase):
    """A clear line on stderr and an exit code."""

    def refuses(self, code, words, **env):
        with App(listens=False, **env) as app:
            self.assertEqual(app.wait(), code, env)
            self.assertNotIn("listening", [line["message"] for line in app.lines])
            errors = app.errors()
            self.assertEqual(errors.count("\n"), 1, errors)
            self.assertIn(words, errors)

    def test_bad_values(self):
        self.refuses(2, "app: PORT='http': a whole number from 0 to 65535", PORT="http")
        self.refuses(2, "app: FAULT_EROR_RATE: no such fault", FAULT_EROR_RATE="0.5")
        self.refuses(2, "app: LIFELINE_FD=77: not the reading end of a pipe", LIFELINE_FD="77")

    def test_a_port_that_is_taken_or_an_address_that_is_not_here(self):
        with App() as first:
            self.refuses(1, f"cannot listen on 127.0.0.1:{first.port}: Address", PORT=str(first.port))
        self.refuses(1, "cannot listen on 192.0.2.1:0", HOST="192.0.2.1")
        self.refuses(1, "cannot listen on no.such.host.invalid:0", HOST="no.such.host.invalid")

    def test_a_port_that_is_taken_later(self):
        with App() as first:
            self.refuses(1, "cannot listen", PORT=str(first.port), FAULT_SLOW_START_SECONDS="0.1")

    def test_empty_values_count_as_unset(self):
        with App(VERSION="", DRAIN="", FAULT_ERROR_RATE="", ACCESS_LOG="", LIFELINE_FD="") as app:
            self.assertEqual(app.get("/").headers["x-app-version"], "v2")


class Values(unittest.TestCase):
    """Bad ones, without a process each."""

    def test_each_is_refused_by_name(self):
        for name, values in (
            ("PORT", ("65536", "-1", "8080.0", " 80", "\u0663")),
            ("KEEP_ALIVE_SECONDS", ("nan", "inf", "0", "-1", "1s")),
            ("DRAIN", ("soon", "-1")),
            ("ACCESS_LOG", ("maybe", "2")),
            ("VERSION", ("v2\r\nX-Evil: 1",)),
            ("COLOUR", ("gr\u00fcn",)),
            ("ECS_TASK_ID", ("\t",)),
            ("LIFELINE_FD", ("no", "-1")),
            ("FAULT_ERROR_RATE", ("1.5", "-0.1", "x")),
            ("FAULT_CRASH_ON_START", ("0", "256")),
            ("FAULT_LATENCY_MS", ("-1", "1e9")),
            ("FAULT_SEED", ("-1", "1.5")),
            ("FAULT_IGNORE_SIGTERM", ("perhaps",)),
        ):
            for value in values:
                with self.subTest(name=name, value=value), self.assertRaisesRegex(Invalid, f"^{name}="):
                    Settings({name: value})
                    Faults({name: value})


class Addresses(unittest.TestCase):
    """Where it listens."""

    def test_two_services_share_a_port_on_two_addresses(self):
        if not sys.platform.startswith("linux"):
            self.skipTest("only 127.0.0.1 is there without root")
        with App(HOST="127.77.0.1") as one, App(HOST="127.77.0.2", PORT=str(one.port)) as two:
            for app, host in ((one, "127.77.0.1"), (two, "127.77.0.2")):
                with Client(app.port, host) as client:
                    self.assertEqual(client.get("/").status, 200)
            self.assertTrue(one.refuses(), "not on 127.0.0.1")


if __name__ == "__main__":
    unittest.main()
