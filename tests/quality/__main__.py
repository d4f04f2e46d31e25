"""`make quality`: measures, and writes docs/quality.md. ARGS names the parts, else all are made."""

import argparse
import os
import subprocess
import sys

import django

os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.quality import document, pages  # noqa: E402 -- needs the settings


def faults():
    """By the suite itself, which writes its record when all is well."""
    words = ["-m", "pytest", "-q", "-m", "faults", "tests/faults"]
    environment = os.environ | {"QUALITY": str(document.PATH)}
    subprocess.run([sys.executable, *words], env=environment, check=True)


PARTS = {"faults": faults, "pages": pages.record}


def main():
    parser = argparse.ArgumentParser(prog="make quality ARGS=…")
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    for name in parser.parse_args().parts or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
