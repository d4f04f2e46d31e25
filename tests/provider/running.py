"""The provider in its own process, for as long as a test needs it."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import requests


@contextmanager
def running(folder, callback, clock=""):
    """Its address. ``callback`` is where it may send browsers back to, ``clock`` a moment at which
    its own clock starts, where the portal's does not go by the real one.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.provider", str(port), str(folder), callback]
    own = {**os.environ, "CLOCK": clock}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=own, stdout=quiet, stderr=quiet) as process:
        try:
            yield _answering(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def _answering(url, process):
    for _ in range(300):
        try:
            requests.get(f"{url}/.well-known/openid-configuration", timeout=5)
        except requests.ConnectionError:
            assert process.poll() is None
            time.sleep(0.1)
        else:
            return url
    raise AssertionError("the provider does not answer")
