"""What the environment says, checked once at the start."""

from __future__ import annotations


class Invalid(ValueError):
    """A variable whose value cannot be used; the text names the variable and what it may be."""


def text(env, name, default):
    """A value that goes into headers and logs: printable ASCII, as HTTP field values have to be."""
    value = env.get(name) or default
    if not (value.isascii() and value.isprintable()):
        raise Invalid(f"{name}={value!r}: only printable ASCII")
    return value


def number(env, name, default, low, high, unit="seconds"):
    """A decimal number from `low` to `high`. Empty counts as unset: an image's ENV cannot be unset, only emptied."""
    value = env.get(name)
    if not value:
        return default
    try:
        result = float(value)
    except ValueError:
        result = low - 1
    if not low <= result <= high:  # NaN is not in range either
        raise Invalid(f"{name}={value!r}: a number of {unit} from {low} to {high}")
    return result


def integer(env, name, default, low, high):
    """A whole number from `low` to `high`."""
    value = env.get(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise Invalid(f"{name}={value!r}: a whole number from {low} to {high}")
    return int(value)


def flag(env, name, default=False):
    """A switch: on or off, 1 or 0, true or false."""
    value = env.get(name)
    if not value:
        return default
    if value.lower() in ("1", "on", "true"):
        return True
    if value.lower() in ("0", "off", "false"):
        return False
    raise Invalid(f"{name}={value!r}: on or off")


class Settings:
    """How to serve. Times are seconds."""

    def __init__(self, env):
        self.host = text(env, "HOST", "0.0.0.0")
        self.port = integer(env, "PORT", 8080, 0, 65535)
        self.version = text(env, "VERSION", "v2")
        self.colour = text(env, "COLOUR", "green")
        self.task_id = text(env, "ECS_TASK_ID", "")
        # Longer than the 60 s after which an Application Load Balancer gives an idle connection up: the side that
        # closes first must be the load balancer, or a request meets a closed connection and becomes a 502.
        self.keep_alive = number(env, "KEEP_ALIVE_SECONDS", 75.0, 0.01, 3600)
        # For a whole request to arrive, and for its answer to be taken.
        self.transfer = number(env, "REQUEST_SECONDS", 30.0, 0.01, 3600)
        self.drain = number(env, "DRAIN", 0.0, 0, 3600)
        self.access_log = flag(env, "ACCESS_LOG", True)
        self.lifeline = integer(env, "LIFELINE_FD", None, 0, 1 << 20)
