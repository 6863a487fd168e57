"""The service's tests: `python3 -m unittest discover -s app/tests -t app`."""

import faulthandler

# A run takes 15 s. One that hangs says where, and ends.
faulthandler.dump_traceback_later(120, exit=True)
