# SPDX-License-Identifier: Apache-2.0
"""A comparison in the terminal: the answer, the gains as a plot of characters, two tables, and why each came out so."""

from rich.console import Console
from rich.text import Text

from goodfit.report.comparison_story import comparison_story
from goodfit.report.forest import forest_of
from goodfit.report.terminal.forest import print_forest
from goodfit.report.terminal.ink import FAINT, INDENT, STRONG, STYLES, blank, block, heading, page_width
from goodfit.report.terminal.tables import print_table
from goodfit.values import Comparison


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the answer first, then everything that it rests on."""
    story = comparison_story(comparison)
    heading(console, story.mark, story.title, story.tone)
    for line in story.answer:
        blank(console)
        block(console, line, indent=INDENT)
    forest = forest_of(comparison)
    if forest is not None:
        _section(console, "Gain in test loss, with its 95 % interval over seeds")
        print_forest(console, forest)
    _section(console, "What was proven")
    block(console, story.table_note, style=FAINT, indent=INDENT)
    print_table(console, story.proof)
    if story.traits.columns:
        _section(console, "What the trainings are like, mean over seeds")
        print_table(console, story.traits)
    _section(console, "Why")
    for head, because in story.reasons:
        lead = Text.assemble(" " * INDENT, (f"{head.mark} ", STYLES[head.tone]), (head.name, STRONG))
        console.print(lead, soft_wrap=True)
        block(console, because, indent=2 * INDENT)
    if story.left_out:
        _section(console, "Took no part")
        for name, because in story.left_out:
            block(console, f"{name}: {because}", lead="·", indent=INDENT)
    _section(console, "Notes")
    for note in story.notes:
        block(console, note, lead="·", indent=INDENT)


def _section(console: Console, title: str) -> None:
    blank(console)
    line = Text.assemble(("── ", FAINT), (title, STRONG), " ")
    line.append("─" * max(2, page_width(console) - line.cell_len), style=FAINT)
    console.print(line, soft_wrap=True)
    blank(console)
