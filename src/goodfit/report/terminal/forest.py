# SPDX-License-Identifier: Apache-2.0
"""The forest plot in characters: a line a candidate, the mark of its decision at the gain, its interval as a rule."""

from rich.console import Console
from rich.text import Text

from goodfit.report.forest import Forest, ForestRow
from goodfit.report.terminal.ink import FAINT, INDENT, STRONG, STYLES
from goodfit.report.words import number, plain
from goodfit.values import Part

_LEAST, _MOST = 16, 60  # columns of the plot
_BAND, _ZERO, _RULE = "░", "│", "─"


def print_forest(console: Console, forest: Forest) -> None:
    """Print the panel of the best checkpoint; the one of the last epoch stands in the table."""
    names = [_name(row) for row in forest.rows]
    room = max(name.cell_len for name in names)
    numbers = max(len(row.text) for row in forest.rows)
    if console.width - room - numbers - 3 * INDENT < _LEAST:
        numbers = -INDENT  # they have no room here, and stand in the table
    width = min(_MOST, max(_LEAST, console.width - room - numbers - 3 * INDENT))
    for name, row in zip(names, forest.rows, strict=True):
        name.pad_right(room - name.cell_len)
        line = Text.assemble(" " * INDENT, name, " " * INDENT, _plot(row, forest, width))
        if numbers > 0:
            line.append(" " * INDENT + row.text.rjust(numbers))
        line.rstrip()
        console.print(line, soft_wrap=True)
    lead = " " * (2 * INDENT + room)
    console.print(Text(lead + _scale(forest, width), style=FAINT), soft_wrap=True)
    console.print(Text(lead + _ends(forest, width), style=FAINT), soft_wrap=True)


def _name(row: ForestRow) -> Text:
    letter = f"{row.head.letter} " if row.head.letter else "  "
    strong = STRONG if row.head.part is Part.PRIMARY else ""
    return Text.assemble((letter, FAINT), (plain(row.head.name), strong))


def _plot(row: ForestRow, forest: Forest, width: int) -> Text:
    def column(x: float) -> int:
        return min(width - 1, int(forest.best.place(x) * width))

    line = Text(" " * width)
    low, high = column(-forest.margin), column(forest.margin)
    marks = dict.fromkeys(range(low, high + 1), (_BAND, FAINT))
    marks[column(0.0)] = (_ZERO, FAINT)
    if row.best is not None:
        style = STYLES[row.head.tone]
        marks |= dict.fromkeys(range(column(row.best.low), column(row.best.high) + 1), (_RULE, style))
        dot = {Part.PRIMARY: "◆", Part.CHANCE: "■"}.get(row.head.part, "●")
        marks[column(row.best.value)] = (dot, style)
    line = Text()
    for place in range(width):
        line.append(*marks.get(place, (" ", "")))
    return line


def _scale(forest: Forest, width: int) -> str:
    """The round numbers below the plot, each around its place; one that has no room is left out."""
    line = [" "] * width
    taken = -1
    for tick in forest.best.ticks:
        text = f"{number(tick)} %" if tick == max(forest.best.ticks) else number(tick)
        start = min(width - len(text), max(0, int(forest.best.place(tick) * width) - len(text) // 2))
        if start > taken:
            line[start : start + len(text)] = text
            taken = start + len(text)
    return "".join(line).rstrip()


def _ends(forest: Forest, width: int) -> str:
    left, right = "← worse", "better →"
    margin = f"{_BAND} ±{number(forest.margin, 2)} %: no difference"
    free = width - len(left) - len(right)
    middle = f" {margin} " if free >= len(margin) + 2 else ""
    return f"{left}{middle.center(free)}{right}"
