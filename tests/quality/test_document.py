"""docs/quality.md: each measure writes its own part."""

from tests.quality import document


def test_part_is_written_without_touching_the_others(tmp_path):
    path = tmp_path / "quality.md"
    document.put(path, "Faults", "| a |\n")
    document.put(path, "Pages", "first\n")

    document.put(path, "Pages", "second")

    assert {name: text.strip() for name, text in document.read(path).items()} == {
        "Faults": "| a |",
        "Pages": "second",
    }
    assert path.read_text(encoding="utf-8").startswith(document.HEAD + "\n## Faults\n")
