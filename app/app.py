"""The service: `python3 app.py`. What it listens to in the environment is in README.md."""

from __future__ import annotations

import os
import sys

# Also under `python3 -I`, which starts faster and leaves the script's own folder out.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import Faults, crash
from lifecycle import CannotListen, Lifecycle
from logs import Log
from loop import Loop
from responses import Responses
from routes import Routes
from server import Server
from settings import Invalid, Settings


def main():
    """Serves until told to end. Exit codes: 0 ended as told, 1 the port cannot be had, 2 a bad value."""
    try:
        settings, faults = Settings(os.environ), Faults(os.environ)
    except Invalid as error:
        return complain(error, 2)
    log = Log(settings.version, settings.access_log)
    if faults.crash_on_start is not None:
        crash(log, faults.crash_on_start)
    try:
        serve(settings, faults, log)
    except Invalid as error:
        return complain(error, 2)
    except CannotListen as error:
        return complain(error, 1)
    finally:
        log.flush()
    return 0


def serve(settings, faults, log):
    """Puts the parts together and runs them."""
    loop = Loop()
    log.schedule = loop.after
    born = loop.clock()
    routes = Routes(settings, faults, lambda: loop.clock() - born)
    server = Server(loop, settings, faults, routes, Responses(settings), log)
    Lifecycle(loop, settings, faults, server, log).start()
    loop.run()
    log.info("stopped", requests=server.answered)


def complain(error, code):
    """One line for whoever started this."""
    print(f"app: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to tidy up, and tidying takes longer than starting
