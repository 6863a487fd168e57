"""Parsing, without a process."""

from __future__ import annotations

import random
import unittest

from body import Chunked, Sized, body_of
from http1 import Refused, parse

REQUEST = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one:  2 \r\nContent-Length: 3\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


class Parse(unittest.TestCase):
    """Heads."""

    def test_a_head_is_found_wherever_it_is_cut(self):
        for cut in range(len(REQUEST)):
            self.assertIsNone(parse(bytearray(REQUEST[:cut])))
        request, size = parse(bytearray(b"\r\n" + REQUEST + b"abcGET"))
        self.assertEqual(size, len(REQUEST) + 2)
        self.assertEqual((request.method, request.path, request.query), ("POST", "/a", "b=c"))
        self.assertEqual((request.header(b"x-one"), request.header(b"none")), ("1, 2", None))
        self.assertEqual((request.length, request.chunked, request.keep_alive), (3, False, True))

    def test_absolute_form(self):
        for target, path in ((b"http://h:80/a", "/a"), (b"HTTP://h", "/")):
            request, _ = parse(b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")
            self.assertEqual(request.path, path)

    def test_whatever_comes_is_understood_or_refused(self):
        """Any other exception would end the whole service."""
        chance = random.Random(1)
        outcomes = set()
        for _ in range(5000):
            data = bytearray(CHUNKED)
            for _ in range(chance.randint(1, 3)):
                data[chance.randrange(len(data))] = chance.choice(b"\r\n \t:;,/?%0Az\x00\xff")
            try:
                parsed = parse(data)
                if parsed:
                    del data[: parsed[1]]
                    body = body_of(parsed[0])
                    outcomes.add(body.feed(data) if body else True)
                else:
                    outcomes.add(None)
            except Refused as refused:
                outcomes.add(refused.status)
        self.assertLessEqual({True, False, None, 400, 501}, outcomes)


class Bodies(unittest.TestCase):
    """Bodies end where they say, wherever they are cut."""

    def check(self, make, data):
        for cut in range(len(data)):
            body, buffer = make(), bytearray(data[:cut])
            self.assertFalse(body.feed(buffer), cut)
            buffer += data[cut:] + b"next"
            self.assertTrue(body.feed(buffer), cut)
            self.assertEqual(buffer, b"next", cut)

    def test_sized(self):
        self.check(lambda: Sized(5), b"hello")

    def test_chunked(self):
        self.check(Chunked, b"3\r\nabc\r\nA ;e=1\r\n0123456789\r\n0\r\nT: 1\r\n\r\n")

    def test_endless_lines_and_trailers_are_refused(self):
        with self.assertRaises(Refused):
            Chunked().feed(bytearray(b"1" + b";" * 5000))
        with self.assertRaises(Refused):
            Chunked().feed(bytearray(b"0\r\n" + (b"T: " + b"x" * 4000 + b"\r\n") * 300))


if __name__ == "__main__":
    unittest.main()
