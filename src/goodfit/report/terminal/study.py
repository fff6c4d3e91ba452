# SPDX-License-Identifier: Apache-2.0
"""The search for the dose in the terminal: one line an arm, and what the search cost."""

from rich.console import Console
from rich.text import Text

from goodfit.report.study_rows import ArmRow, arm_rows, headline_of, study_sentences
from goodfit.report.terminal.ink import INDENT, STRONG, blank, block, columns
from goodfit.report.words import plain, sentence
from goodfit.values import Study


def print_study(console: Console, study: Study) -> None:
    """Print the chosen dose, the table of arms, and the cost in epochs, plans and early-stopped runs."""
    block(
        console,
        Text(plain(headline_of(study)), style=STRONG),
        lead=Text("→", style="bold green"),
        indent=INDENT,
    )
    if study.because:
        block(console, sentence(study.because), indent=INDENT)
    blank(console)
    knob = study.knob.replace(" ", "\n", 1)
    header = (knob, "best\nepoch", "validation\nloss", "behind\nthe best ± SE", "")
    rows = [_cells(row) for row in arm_rows(study)]
    columns(console, header, rows, (True, True, True, True, False))
    blank(console)
    for line in study_sentences(study):
        block(console, line, indent=INDENT)


def _cells(row: ArmRow) -> list[Text]:
    style = STRONG if row.chosen else ""
    marks = Text(
        ("← " if row.chosen else "") + plain(", ".join(row.marks)), style="bold green" if row.chosen else ""
    )
    plain_cells = (row.value, f"{row.best_epoch} of {row.epochs}", row.loss, row.behind)
    return [*(Text(cell, style=style) for cell in plain_cells), marks]
