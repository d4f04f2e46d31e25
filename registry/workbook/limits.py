"""The child's half of the agreement with :mod:`registry.workbook.process`: its limits and how it
answers. Only the standard library.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

from registry.workbook.guard import Refusal

MEMORY = 1024 * 2**20


def answer(
    act: Callable[[bytes], tuple[dict[str, Any], bytes]], seconds: int, disk: int = 0
) -> None:
    """Do one act on what comes in and answer with one line of JSON and perhaps a file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
    content = b""
    try:
        said, content = act(sys.stdin.buffer.read())
    except Refusal as refusal:
        said = {"refused": str(refusal)}
    except MemoryError:
        said = {"failed": "MemoryError"}
    line = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(line.encode("utf-8", "surrogatepass") + b"\n" + content)
