"""docs/quality.md: one part for each command that measures, each written without touching the
others.
"""

import re
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "docs" / "quality.md"
HEAD = "# Quality\n\nWritten by `make quality`, part by part; not edited by hand.\n"


def read(path):
    """The text of every part by its title."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    pieces = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def put(path, title, text):
    parts = read(path) | {title: text}
    told = "".join(f"\n## {name}\n\n{body.strip()}\n" for name, body in parts.items())
    path.write_text(HEAD + told, encoding="utf-8")
