"""The service: `python3 app.py`. What it listens to in the environment is in README.md."""

from __future__ import annotations

import os
import sys
import time

# Also under `python3 -I`, which starts faster and leaves the script's own folder out.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import Faults, crash  # noqa: E402
from lifecycle import CannotListen, Lifecycle  # noqa: E402
from logs import Log  # noqa: E402
from loop import Loop  # noqa: E402
from responses import Responses  # noqa: E402
from routes import Routes  # noqa: E402
from server import Server  # noqa: E402
from settings import Invalid, Settings  # noqa: E402


def main():
    """Serves until told to end. Exit codes: 0 ended as told, 1 the port cannot be had, 2 a bad value."""
    try:
        settings, faults = Settings(os.environ), Faults(os.environ)
        log = Log(settings.version, settings.access_log)
        if faults.crash_on_start is not None:
            crash(log, faults.crash_on_start)
        loop = Loop()
        born = time.monotonic()
        routes = Routes(settings, faults, lambda: loop.clock() - born)
        server = Server(loop, settings, faults, routes, Responses(settings), log)
        log.schedule = loop.after
        Lifecycle(loop, settings, faults, server, log).start()
        loop.run()
        log.info("stopped", requests=server.answered)
        log.flush()
    except Invalid as error:
        return complain(error, 2)
    except CannotListen as error:
        return complain(error, 1)
    return 0


def complain(error, code):
    """One line for whoever started this."""
    print(f"app: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to tidy up, and tidying takes longer than starting
