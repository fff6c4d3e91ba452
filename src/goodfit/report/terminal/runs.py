# SPDX-License-Identifier: Apache-2.0
"""Many runs in the terminal: one line each, the worst first; then the files that hold none, and why."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.overview import SPARK, RunLine, one_line, ordered, summary
from goodfit.report.terminal.ink import FAINT, INDENT, NARROWEST, STRONG, STYLES, blank, block, heading
from goodfit.report.words import plural
from goodfit.values import UnreadFile

_HEADS = ("severity", "curve", "since", "finding")
_WIDE = 72  # columns from which on the curve has its place
_NARROW = 52  # below it the path stands on a line of its own


def print_runs(
    console: Console,
    lines: Sequence[RunLine],
    unread: Sequence[UnreadFile],
    *,
    left_out: Sequence[str] = (),
    unbroken: bool = False,
) -> None:
    """Print the worst runs first, paths last.

    With `unbroken`, for files and pipes, each run is one line however long; else long paths are wrapped to the
    console, and what does not fit is left away in the order: end of the finding, curve.
    """
    heading(console, *summary(lines, unread))
    if left_out:
        block(console, f"Rules left out: {', '.join(left_out)}", indent=INDENT, style=FAINT)
    blank(console)
    if unbroken:
        _draw(console, ordered(lines), width=None)
    elif console.width < _NARROW:
        _draw_stacked(console, ordered(lines))
    else:
        _draw(console, ordered(lines), width=console.width)
    if unread:
        blank(console)
        block(console, f"{plural(len(unread), 'file')} without a run that could be read", lead="  ", indent=2)
    for each in unread:
        lead = Text(" " * INDENT + "· ")
        _wrapped(console, lead, f"{one_line(each.path)}: {one_line(each.reason)}", FAINT, unbroken=unbroken)


def _draw(console: Console, lines: Sequence[RunLine], width: int | None) -> None:
    """A table; `width` None lets every line be as long as it must."""
    cells = [(_graded(line), line.curve, line.since, line.found) for line in lines]
    widths = [max(len(row[i]) for row in (_HEADS, *cells)) for i in range(len(_HEADS))]
    widths[1] = SPARK if width is None or width >= _WIDE else 0
    if width is not None:
        room = width - INDENT - sum(widths[:-1]) - 2 * sum(map(bool, widths)) - NARROWEST
        widths[-1] = max(len(_HEADS[-1]), min(widths[-1], room))
    _row(console, _HEADS, widths, "path", (FAINT, FAINT), unbroken=width is None)
    for line, row in zip(lines, cells, strict=True):
        styles = (STYLES[line.tone], STRONG if line.severity else "")
        _row(console, row, widths, one_line(line.path), styles, unbroken=width is None)


def _draw_stacked(console: Console, lines: Sequence[RunLine]) -> None:
    """For narrow windows: the path below what was found."""
    for line in lines:
        said = ", ".join(part for part in (line.found, line.since and f"since {line.since}") if part)
        lead = Text(f"{_graded(line)}  ", style=STYLES[line.tone])
        _wrapped(console, Text(" " * INDENT).append(lead), said, "", unbroken=False)
        _wrapped(console, Text(" " * 2 * INDENT), one_line(line.path), FAINT, unbroken=False)


def _graded(line: RunLine) -> str:
    return str(line.severity) if line.severity else "-"


def _row(
    console: Console,
    cells: Sequence[str],
    widths: Sequence[int],
    path: str,
    styles: tuple[str, str],
    *,
    unbroken: bool,
) -> None:
    lead = Text(" " * INDENT)
    shades = (styles[0], "yellow" if path != "path" else FAINT, FAINT, styles[1])
    for cell, width, style in zip(cells, widths, shades, strict=True):
        if width:
            shown = cell if len(cell) <= width else cell[: width - 1] + "…"
            lead.append(shown.ljust(width) + "  ", style=style)
    _wrapped(console, lead, path, FAINT if path == "path" else "", unbroken=unbroken)


def _wrapped(console: Console, lead: Text, text: str, style: str, *, unbroken: bool) -> None:
    """Print `text` after `lead`, in a column of its own where it does not fit on one line."""
    body = Text(text, style=style)
    width = max(NARROWEST, console.width - lead.cell_len)
    whole_line = unbroken or body.cell_len <= width
    for at, line in enumerate([body] if whole_line else body.wrap(console, width)):
        whole = Text.assemble(lead if at == 0 else " " * lead.cell_len, line)
        whole.rstrip()
        console.print(whole, soft_wrap=True)
