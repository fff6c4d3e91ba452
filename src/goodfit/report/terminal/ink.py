# SPDX-License-Identifier: Apache-2.0
"""Colours, and how a line finds its place: wrapped with a hanging indent, no trailing blanks.

Only the sixteen named colours are used, so that the reader's own theme decides how they look.
"""

import re
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.story import Tone
from goodfit.report.words import plain

WIDEST = 100  # longer lines are hard to read
NARROWEST = 20
INDENT = 2
_GLUE = "\u2800"  # a blank that is no white space: keeps a number and its unit on one line while wrapping
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=%|s\b|min\b|h\b)")
STYLES = {
    Tone.BAD: "bold red",
    Tone.WARN: "bold yellow",
    Tone.NOTE: "bold cyan",
    Tone.GOOD: "bold green",
    Tone.OPEN: "bold",
}
FAINT = "dim"
STRONG = "bold"


def page_width(console: Console) -> int:
    """How many columns the text uses."""
    return min(console.width, WIDEST)


def blank(console: Console) -> None:
    """An empty line."""
    console.print()


def block(
    console: Console, text: str | Text, *, lead: str | Text = "", indent: int = 0, style: str = ""
) -> None:
    """Print `text` wrapped to the page; `lead` stands in the indent of the first line, on a narrow page above it."""
    body = text.copy() if isinstance(text, Text) else Text(plain(text), style=style)
    first = lead.copy() if isinstance(lead, Text) else Text(plain(lead), style=style)
    if first.cell_len >= indent > 0 and not first.plain.endswith(" "):
        first.append(" ")
    if max(indent, first.cell_len) + NARROWEST > page_width(console) and indent > 2 * INDENT:
        first.rstrip()  # beside it there is no room: the body stands below
        if first.plain:
            console.print(first, soft_wrap=True)
        first, indent = Text(""), 2 * INDENT
    first.pad_right(max(0, indent - first.cell_len))
    width = max(NARROWEST, page_width(console) - max(indent, first.cell_len))
    body.plain = _BEFORE_UNIT.sub(_GLUE, body.plain)
    for place, line in enumerate(body.wrap(console, width) or [Text("")]):
        line.plain = line.plain.replace(_GLUE, " ")
        line.rstrip()
        whole = Text.assemble(first if place == 0 else " " * indent, line)
        whole.rstrip()
        console.print(whole, soft_wrap=True)


def heading(console: Console, symbol: str, title: str, tone: Tone) -> None:
    """The line a reader sees first."""
    block(
        console,
        Text(plain(title), style=STYLES[tone]),
        lead=Text(f"{symbol} ", style=STYLES[tone]),
        indent=INDENT,
    )


def facts(console: Console, rows: Sequence[tuple[str, str]], indent: int = INDENT) -> None:
    """Label and text, the labels in one faint column."""
    width = indent + max((len(label) for label, _ in rows), default=0) + 2
    for label, text in rows:
        block(console, text, lead=Text(" " * indent + plain(label), style=FAINT), indent=width)


def columns(
    console: Console, header: Sequence[str], rows: Sequence[Sequence[Text]], right: Sequence[bool]
) -> None:
    """A small table: faint header, two blanks between columns, a last column that may wrap.

    A line end in a header starts its second line; `right` says which columns stand at the right.
    """
    heads = [[Text(plain(part), style=FAINT) for part in parts] for parts in _head_lines(header)]
    lines = [*heads, *rows]
    widths = [max(line[i].cell_len for line in lines) for i in range(len(header))]
    for line in lines:
        lead = Text(" " * INDENT)
        for i in range(len(header) - 1):
            lead.append(_aligned(line[i], widths[i], at_right=right[i])).append("  ")
        last = _aligned(line[-1], widths[-1], at_right=True) if right[-1] else line[-1]
        if last.cell_len > page_width(console) - lead.cell_len:
            block(console, "", lead=lead, indent=lead.cell_len)
            block(console, last, indent=2 * INDENT)
        else:
            block(console, last, lead=lead, indent=lead.cell_len)


def _head_lines(header: Sequence[str]) -> list[list[str]]:
    """The lines of a table's head, single words at the bottom."""
    split = [name.split("\n") for name in header]
    height = max(map(len, split))
    return [[([""] * (height - len(parts)) + parts)[i] for parts in split] for i in range(height)]


def _aligned(cell: Text, width: int, *, at_right: bool) -> Text:
    missing = Text(" " * max(0, width - cell.cell_len))
    return Text.assemble(missing, cell) if at_right else Text.assemble(cell, missing)
