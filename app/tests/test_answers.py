"""What is answered, by the real process over real connections."""

from __future__ import annotations

import json
import socket
import time
import unittest

from tests.process import App, resident_mib

HELLO = "Hello from v2 (green) - Blue/Green deployment test!"


class Answers(unittest.TestCase):
    """One service for all of these: none changes it."""

    @classmethod
    def setUpClass(cls):
        cls.app = App(ECS_TASK_ID="task-7")

    @classmethod
    def tearDownClass(cls):
        cls.app.__exit__()

    def raw(self, data):
        """The first answer to raw bytes, and whether the connection ends after it."""
        with self.app.connect() as client:
            client.send(data)
            response = client.response()
            return response, client.ended() if response.headers.get("connection") == "close" else False

    def refused(self, data, status):
        """Raw bytes are refused with a status, and the connection ends."""
        response, ended = self.raw(data)
        self.assertEqual(response.status, status, data[:80])
        self.assertTrue(ended, data[:80])

    def test_root_says_hello_with_version_and_colour(self):
        response = self.app.get("/")
        self.assertEqual((response.status, response.body), (200, HELLO))
        with App(VERSION="v1", COLOUR="blue") as other:
            self.assertEqual(other.get("/").body, "Hello from v1 (blue) - Blue/Green deployment test!")

    def test_health_ready_version(self):
        self.assertEqual(self.app.get("/health").status, 200)
        self.assertEqual(self.app.get("/ready").status, 200)
        response = self.app.get("/version")
        self.assertEqual(json.loads(response.body), {"version": "v2", "colour": "green", "task_id": "task-7"})
        self.assertEqual(response.headers["content-type"], "application/json")

    def test_every_answer_says_who_answered(self):
        for target in ("/", "/health", "/ready", "/version", "/slow?ms=0", "/nowhere", "/slow?ms=x"):
            headers = self.app.get(target, X_Request_Id="id-" + target).headers
            self.assertEqual(
                (headers["x-app-version"], headers["x-app-colour"], headers["x-task-id"], headers["x-request-id"]),
                ("v2", "green", "task-7", "id-" + target),
            )
            self.assertIn("date", headers)
        self.assertEqual(self.raw(b"nonsense\r\n\r\n")[0].headers["x-app-version"], "v2")

    def test_no_task_no_request_id_no_headers(self):
        with App() as other:
            headers = other.get("/").headers
        self.assertNotIn("x-task-id", headers)
        self.assertNotIn("x-request-id", headers)

    def test_unknown_paths_and_methods(self):
        for target in ("/nowhere", "/Health", "/health/", "//"):
            self.assertEqual(self.app.get(target).status, 404, target)
        response = self.app.get("/health", method="DELETE")
        self.assertEqual((response.status, response.headers["allow"]), (405, "GET, HEAD"))

    def test_slow_waits_as_told_within_bounds(self):
        self.assertEqual(self.app.get("/slow?ms=120", X_Request_Id="waits").status, 200)
        line = self.app.log(request_id="waits")
        self.assertGreaterEqual(line["duration_ms"], 120)
        for query in ("", "?ms=", "?ms=x", "?ms=-1", "?ms=1.5", "?ms=120001", "?ms=9999999", "?ms=1&ms=2", "?MS=1"):
            self.assertEqual(self.app.get("/slow" + query).status, 400, query)
        self.assertEqual(self.app.get("/slow?a=b&ms=1&c").status, 200)

    def test_slow_requests_do_not_hold_others_up(self):
        with self.app.connect() as slow, self.app.connect() as quick:
            slow.ask("/slow?ms=60000")
            self.assertEqual(quick.get("/").status, 200)

    def test_head_has_the_headers_of_get_and_no_body(self):
        with self.app.connect() as client:
            for target in ("/", "/health", "/version", "/nowhere"):
                head = client.get(target, method="HEAD")
                get = client.get(target)
                self.assertEqual(head.status, get.status)
                self.assertEqual(head.headers["content-length"], str(len(get.body)))

    def test_bodies_are_read(self):
        bodies = (
            b"Content-Length: 5\r\n\r\nhello",
            b"Content-Length: 0\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00A;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
        )
        with self.app.connect() as client:
            for body in bodies:
                client.send(b"POST / HTTP/1.1\r\nHost: h\r\n" + body)
                self.assertEqual(client.response().body, HELLO)
            big = b"x" * (1 << 20)
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(big) + big)
            self.assertEqual(client.response().status, 200)
            self.assertEqual(client.get("/health").status, 200)

    def test_expectation_is_met_before_the_body(self):
        with self.app.connect() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            self.assertEqual(client.response().status, 100)
            client.send(b"ok")
            self.assertEqual(client.response().status, 200)

    def test_requests_may_follow_each_other_unasked(self):
        with self.app.connect() as client:
            begun = time.monotonic()
            times = (200, 0, 150, 0)
            requests = [b"GET /slow?ms=%d HTTP/1.1\r\nHost: h\r\n\r\n" % ms for ms in times]
            client.send(b"".join(requests[:2]))
            self.app.get("/health")  # a round trip: the rest comes while the first waits for its answer
            client.send(b"".join(requests[2:]))
            self.assertEqual([client.response().body.splitlines()[0] for _ in times], [f"waited {ms} ms" for ms in times])
            self.assertGreaterEqual(time.monotonic() - begun, 0.35, "one after the other")

    def test_a_client_that_runs_ahead_gets_every_answer(self):
        one = b"GET /health HTTP/1.1\r\nHost: h\r\nX-Request-Id: " + b"x" * 8000 + b"\r\n\r\n"
        requests, sent = memoryview(one * 4000), 0
        with self.app.connect() as client:
            client.socket.settimeout(0.2)
            try:
                while sent < len(requests):  # until neither side takes more: the answers are not read yet
                    sent += client.socket.send(requests[sent:])
            except socket.timeout:
                pass
            self.assertLess(sent, len(requests), "the service should stop reading from who does not read")
            self.assertLess(resident_mib(self.app.process.pid), 20)
            client.socket.settimeout(10)
            statuses = [client.response().status for _ in range(sent // len(one))]
            self.assertEqual(set(statuses), {200})

    def test_http_1_0(self):
        self.assertTrue(self.raw(b"GET / HTTP/1.0\r\n\r\n")[1])
        with self.app.connect() as client:
            for _ in range(2):
                client.send(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
                self.assertEqual(client.response().headers["connection"], "keep-alive")

    def test_connection_close_is_granted(self):
        self.assertTrue(self.raw(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n")[1])

    def test_bad_requests_are_refused(self):
        for bad in (
            b"GET /\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
            b"G@T / HTTP/1.1\r\nHost: h\r\n\r\n",
            b"GET nowhere HTTP/1.1\r\nHost: h\r\n\r\n",
            b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : h\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: h\r\nA: b\nC: d\r\n\r\n",
            b"GET / HTTP/1.1\nHost: h\n\n",
            b"\x16\x03\x01\x02\x00\x01\x00",  # TLS to a plain port
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        ):
            self.refused(bad, 400)

    def test_what_is_too_much_or_not_spoken_is_refused(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: h\r\nA: " + b"x" * 20_000, 431)
        self.refused(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n", 413)
        self.refused(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n", 413)
        self.refused(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501)
        self.refused(b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505)
        self.refused(b"GET / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n", 417)

    def test_an_answer_survives_unread_bytes(self):
        """A close that reset the connection would take the 413 with it."""
        for _ in range(20):
            response, ended = self.raw(
                b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 100_000
            )
            self.assertEqual((response.status, ended), (413, True))


if __name__ == "__main__":
    unittest.main()
