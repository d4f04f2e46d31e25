"""The health check of a web container: asks its own server whether it can work."""

import os
import sys
import urllib.request

host, _, port = os.environ["BIND"].rpartition(":")
name = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
here = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 -- compared with, not bound to
asked = urllib.request.Request(f"http://{here}:{port}/readyz", headers={"Host": name})
with urllib.request.urlopen(asked, timeout=6) as answer:  # noqa: S310 -- our own server
    sys.stdout.write(answer.read().decode())
