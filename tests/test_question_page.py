# SPDX-License-Identifier: Apache-2.0
"""The page of the text-book question holds what its tables hold, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "question.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_link_and_picture_is_there() -> None:
    """Tables and pictures are files of the project."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_every_gain_stands_in_its_own_table() -> None:
    """Each gain with its interval, in the page's table and in its words, is in the table of its task."""
    tables = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (ROOT / "bench" / "results").glob("question_*.md")
    }
    rows = re.findall(r"^\| \[([\w-]+)\]\(.*$", TEXT, flags=re.MULTILINE)
    assert len(rows) == len(tables)
    gain = r"[+-][\d.]+ % \[[+-][\d.]+, [+-][\d.]+\]"
    for name in rows:
        line = next(line for line in TEXT.splitlines() if line.startswith(f"| [{name}]"))
        words = TEXT.partition(f"\n## {name}: ")[2].partition("\n## ")[0]
        gains = re.findall(gain, line + words)
        assert gains
        assert all(line in tables[f"question_{name}"] for line in words.splitlines() if line.startswith("- "))
        assert [each for each in gains if each not in tables[f"question_{name}"]] == []
