"""Ends everything that a stack started once its starter is gone, however that went.

Runs beside the stack, waits for the end of its standard input, then kills every process that
carries the stack's folder in its environment and removes the folder.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path


def members(folder):
    mark = f"STACK_DIR={folder}\0".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                carried = mark in (entry / "environ").read_bytes() + b"\0"
            except OSError:
                continue
            if carried:
                yield int(entry.name)


def main(folder):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    for _ in range(50):
        found = list(members(folder))
        if not found:
            break
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
