"""Processes of this machine: whose children they are, whether they live, as whom they start."""

import contextlib
import os
import subprocess
from pathlib import Path


def children(pid):
    """Every process below this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, ahead = [], [pid]
    while ahead:
        below = parents.get(ahead.pop(), [])
        found += below
        ahead += below
    return found


def alive(pid):
    """Whether a process is still there, and not only waits to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def as_user(user):
    """Words in front of a command that make it an ordinary user who may read the code and write
    nothing but his own; none if we are one ourselves.
    """
    if os.geteuid() != 0:
        return []
    keep = "-all,+dac_read_search"
    return [
        *("setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups"),
        *(f"--inh-caps={keep}", f"--ambient-caps={keep}", "--no-new-privs"),
    ]


def _group(user):
    return subprocess.run(
        ["id", "-g", user], capture_output=True, check=True, text=True
    ).stdout.strip()
