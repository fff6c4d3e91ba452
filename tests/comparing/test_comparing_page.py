# SPDX-License-Identifier: Apache-2.0
"""The page on comparing shows what the committed script wrote, and names what there is."""

from pathlib import Path

from goodfit._cli.app import COMMANDS

ROOT = Path(__file__).parents[2]


def test_the_example_is_the_one_that_was_measured() -> None:
    """The output on the page is that of bench/results, word by word."""
    page = (ROOT / "docs/comparing.md").read_text(encoding="utf-8")
    output = page.partition("<!-- output -->\n")[2].partition("\n<!-- end of output -->")[0]
    assert output.startswith("```\n")
    assert output in (ROOT / "bench/results/comparison.md").read_text(encoding="utf-8")


def test_the_page_names_a_command_that_exists() -> None:
    """`goodfit compare` is a command."""
    assert "compare" in COMMANDS
