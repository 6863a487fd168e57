"""Every fault that a test can ask for by environment. Ages are seconds since the process began to serve its loop."""

from __future__ import annotations

import os

from settings import Invalid, flag, integer, number

DAY = 86400
NEVER = float("inf")
LEAK_TICK = 0.1
MIB = 1 << 20

# The paths a user's traffic takes. Faults of answers stay off /health, /ready and /version, so that a service can be
# healthy to its load balancer and broken to its users, and so that a test can still look at it.
USER_PATHS = frozenset(("/", "/slow"))


class Faults:
    """What goes wrong, when. With nothing set, nothing does."""

    def __init__(self, env):
        self.fail_health_after = number(env, "FAULT_FAIL_HEALTH_AFTER_SECONDS", NEVER, 0, DAY)
        self.crash_on_start = integer(env, "FAULT_CRASH_ON_START", None, 1, 255)
        self.crash_after = number(env, "FAULT_CRASH_AFTER_SECONDS", NEVER, 0, DAY)
        self.leak_mib_per_second = number(env, "FAULT_LEAK_MIB_PER_SECOND", 0.0, 0, 4096, "MiB per second")
        self.slow_start = number(env, "FAULT_SLOW_START_SECONDS", 0.0, 0, DAY)
        self.slow_ready = number(env, "FAULT_SLOW_READY_SECONDS", 0.0, 0, DAY)
        self.ignore_sigterm = flag(env, "FAULT_IGNORE_SIGTERM")
        self.error_rate = number(env, "FAULT_ERROR_RATE", 0.0, 0, 1, "errors per request")
        self.fail_after = number(env, "FAULT_FAIL_AFTER_SECONDS", NEVER, 0, DAY)
        self.latency = number(env, "FAULT_LATENCY_MS", 0.0, 0, 120_000, "milliseconds") / 1000
        self.latency_factor = number(env, "FAULT_LATENCY_FACTOR", 1.0, 0, 1000, "times")
        self.close_at_keep_alive = number(env, "FAULT_CLOSE_AT_KEEP_ALIVE", NEVER, 0, 3600)
        self._random = _SplitMix64(integer(env, "FAULT_SEED", 0, 0, (1 << 64) - 1))
        self._leaked = []
        # A fault with a misspelt name would make a test pass that proves nothing.
        for name in env:
            if name.startswith("FAULT_") and name not in NAMES:
                raise Invalid(f"{name}: no such fault; there are {', '.join(NAMES)}")

    def unhealthy(self, age):
        """Whether /health and /ready answer 503."""
        return age < self.slow_ready or age >= self.fail_health_after

    def error(self, path, age):
        """Whether this request to `path` is answered with 500. The n-th user request has the same fate in each run."""
        if path not in USER_PATHS:
            return False
        return age >= self.fail_after or (self.error_rate > 0 and self._random.next() < self.error_rate)

    def delay(self, path, wanted):
        """Seconds until the answer, where a healthy service would take `wanted`."""
        return (wanted + self.latency) * self.latency_factor if path in USER_PATHS else wanted

    def arm(self, loop, log):
        """Starts the faults that befall the whole process."""
        if self.crash_after < NEVER:
            loop.after(self.crash_after, lambda: crash(log, 1))
        if self.leak_mib_per_second > 0:
            self._leak(loop)

    def _leak(self, loop):
        # Written bytes, not zeros: the kernel counts only pages that were touched.
        self._leaked.append(b"\x01" * int(self.leak_mib_per_second * LEAK_TICK * MIB))
        loop.after(LEAK_TICK, lambda: self._leak(loop))


NAMES = (
    "FAULT_FAIL_HEALTH_AFTER_SECONDS",
    "FAULT_CRASH_ON_START",
    "FAULT_CRASH_AFTER_SECONDS",
    "FAULT_LEAK_MIB_PER_SECOND",
    "FAULT_SLOW_START_SECONDS",
    "FAULT_SLOW_READY_SECONDS",
    "FAULT_IGNORE_SIGTERM",
    "FAULT_ERROR_RATE",
    "FAULT_FAIL_AFTER_SECONDS",
    "FAULT_LATENCY_MS",
    "FAULT_LATENCY_FACTOR",
    "FAULT_CLOSE_AT_KEEP_ALIVE",
    "FAULT_SEED",
)


def crash(log, code):
    """Ends at once, as a crash does: what is in flight is lost. Only the log survives."""
    log.error("fault: crash", exit_code=code)
    log.flush()
    os._exit(code)


class _SplitMix64:
    """Steele, Lea and Flood's generator: `random` would double the time that importing takes."""

    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self._state = seed

    def next(self):
        """A number from 0 up to, not including, 1."""
        self._state = z = (self._state + 0x9E3779B97F4A7C15) & self.MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return ((z ^ (z >> 31)) >> 11) / (1 << 53)
