# SPDX-License-Identifier: Apache-2.0
"""The pages in docs/ are what the code says, and a difference is noticed."""

import re
from pathlib import Path

import pytest

from goodfit._cli.app import app
from goodfit._cli.pages import differences, main, write

DOCS = Path(__file__).parents[2] / "docs"


def test_the_repositorys_pages_are_up_to_date() -> None:
    """`make docs` was run after the last change of a rule, a remedy or a command."""
    assert differences(DOCS) == []


def test_differences_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that is missing, changed or left over is named, with exit code 1."""
    write(tmp_path)
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "cli.md").write_text("old", encoding="utf-8")
    (tmp_path / "rules" / "GF999-gone.md").write_text("left over", encoding="utf-8")
    (tmp_path / "remedies" / "raise-dropout.md").unlink()
    assert main(["--check", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert all(name in err for name in ("cli.md", "GF999-gone.md", "raise-dropout.md"))
    assert main([str(tmp_path)]) == 0


def test_the_page_of_outputs_is_whole() -> None:
    """Every example is filled in, every link leads to a page, and every command it shows is one that we have."""
    text = (DOCS / "outputs.md").read_text(encoding="utf-8")
    assert re.findall(r"@[A-Z_]+@", text) == []
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []
    commands = re.findall(r"goodfit (?:diagnose|probe) [^`\n>]+", text)
    assert commands
    for command in commands:
        app.parse_args(
            command.replace(" --show-settings", "").split()[1:], exit_on_error=False, print_error=False
        )
