# SPDX-License-Identifier: Apache-2.0
"""What to change and why nothing else, and the same as a diff of the model."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.prescription_rows import edit_rows, prescription_rows, rejections, treatment_title
from goodfit.report.terminal.ink import FAINT, INDENT, STRONG, blank, block, facts
from goodfit.report.words import plain, plural
from goodfit.values import Prescription, Skip, Treatment


def print_prescriptions(console: Console, prescriptions: Sequence[Prescription]) -> None:
    """Print the prescriptions, best first, then every rejected remedy with its reason."""
    rows = prescription_rows(prescriptions)
    for row in rows:
        lead = f"{row.rank}" if len(rows) > 1 else "→"
        block(console, Text(row.title, style=STRONG), lead=Text(lead, style="bold green"), indent=INDENT)
        sources = "; ".join(place for place, _, _ in row.sources)
        facts(console, (*row.facts, ("sources", sources)) if sources else row.facts)
        blank(console)
    left = rejections(prescriptions)
    if left:
        block(console, "Why nothing else", style=STRONG)
        facts(console, [(each.remedy, each.because) for each in left])


def print_treatment(console: Console, treatment: Treatment) -> None:
    """Print the edits as a diff whose added lines can be pasted, and the places left alone."""
    block(console, treatment_title(treatment), style=STRONG)
    for row in edit_rows(treatment):
        for sign, style, lines in (("-", "red", row.removed), ("+", "green", row.added)):
            for line in lines:
                console.print(Text(f"  {sign} {plain(line)}", style=style), soft_wrap=True)
    if treatment.skipped:
        block(console, "Left alone", style=FAINT)
        facts(console, [(skip.path, skip.because) for skip in treatment.skipped])


def print_patch(console: Console, diff: str, by_hand: Sequence[Skip]) -> None:
    """Print a patch of the user's source files, and the edits that are not in it."""
    if diff:
        blank(console)
        block(console, "The same as a patch of your code (nothing was written)", style=STRONG)
        for line in diff.splitlines():
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            console.print(Text(plain(line), style=style), soft_wrap=True)
    if by_hand:
        blank(console)
        block(
            console, "Not found in your source: paste the lines above" if not diff else "By hand", style=FAINT
        )
        facts(console, _counted(by_hand))


def _counted(skipped: Sequence[Skip]) -> list[tuple[str, str]]:
    """Each reason once: with its place, or with how many there are."""
    places: dict[str, list[str]] = {}
    for skip in skipped:
        places.setdefault(skip.because, []).append(skip.path or "the model")
    return [(at[0] if len(at) == 1 else plural(len(at), "place"), because) for because, at in places.items()]
