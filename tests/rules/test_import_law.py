"""The import law holds, and would be seen broken: each control adds one offence to a copy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "reports", "tiers", "assessments", "registry")
LINT = (
    "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; "
    "sys.exit(lint_imports(no_cache=True, no_logo=True))"
)


@pytest.fixture
def tree(tmp_path):
    """The project's modules and the law, without their data."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=everything_but_code)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def everything_but_code(folder, names):
    return [
        name
        for name in names
        if name == "__pycache__" or not (name.endswith(".py") or (Path(folder) / name).is_dir())
    ]


def lint(tree):
    result = subprocess.run(
        [sys.executable, "-c", LINT], cwd=tree, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr


def add(path, line):
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")


def test_law_is_kept(tree):
    status, said = lint(tree)

    assert status == 0, said
    assert "2 kept, 0 broken" in said


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        ("registry/audit.py", "import tiers.models", "registry.audit -> tiers.models"),
        ("assessments/models.py", "import reports.urls", "assessments.models -> reports.urls"),
        ("tiers/workflow.py", "import config.settings", "tiers.workflow -> config.settings"),
        ("registry/models/__init__.py", "import registry.urls", "registry.models -> registry.urls"),
        ("tiers/certification.py", "import tiers.urls", "tiers.certification -> tiers.urls"),
    ],
)
def test_upward_import_is_seen(tree, module, line, complaint):
    add(tree / module, line)

    status, said = lint(tree)

    assert status == 1
    assert complaint in said


def test_unplaced_module_is_seen(tree):
    (tree / "registry" / "drawer.py").write_text('"""Everything else."""\n', encoding="utf-8")

    status, said = lint(tree)

    assert status == 1
    assert "- registry.drawer" in said
