"""Starts the stack and keeps it until Ctrl-C, to look at it: ``python -m tests.stack``."""

import signal
import sys
import time

from tests.stack.stack import Stack

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
begin = time.monotonic()
with Stack() as stack:
    print(f"{stack.url} (certificate: {stack.dir}/tls) after {time.monotonic() - begin:.1f} s")
    try:
        signal.pause()
    except KeyboardInterrupt:
        print("ending")
