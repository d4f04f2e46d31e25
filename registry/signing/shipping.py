"""Programs in one file for outsiders, put together from the very modules that the portal runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

HEAD = '''#!/usr/bin/env python3
"""{title}

Python 3.11 or later; of packages only cryptography (for Ed25519) and gmssl (for SM2), each needed
only where a signature of its suite is checked.
"""

from __future__ import annotations
'''
TAIL = """

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


def one_file(title: str, modules: Iterable[ModuleType]) -> str:
    """The modules one after the other, without what they import of each other; the last one has
    ``main``.
    """
    parts = [_part(Path(str(module.__file__)).read_text(encoding="utf-8")) for module in modules]
    return HEAD.format(title=title) + "".join(parts) + TAIL


def _part(text: str) -> str:
    lines, left_out = text.splitlines(), set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and _is_ours(node):
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    kept = [line for number, line in enumerate(lines, start=1) if number not in left_out]
    return "\n\n# " + "-" * 78 + "\n" + "\n".join(kept) + "\n"


def _is_ours(node: ast.ImportFrom) -> bool:
    root = (node.module or "").partition(".")[0]
    return root in ("__future__", "registry", "assessments", "tiers", "reports")
