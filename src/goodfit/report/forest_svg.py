# SPDX-License-Identifier: Apache-2.0
"""The forest plot of a comparison as SVG: the same bytes for the same comparison, in the reader's light or dark scheme.

The colour of a mark says what the symbol beside the name says too; a diamond is the prescribed remedy, a square the
one drawn by lot.
"""

from collections.abc import Callable, Iterator
from html import escape

from goodfit.report.forest import Bar, Forest, ForestRow, Panel
from goodfit.report.words import number
from goodfit.values import Part

_ROW, _TOP, _BELOW = 27, 46, 44
_NAMES, _LEFT, _RIGHT = 250, 262, 560  # names end at, first panel begins and ends
_NUMBERS = 696  # right end of the column of numbers
_LAST = (722, 878)  # second panel
_WIDTH = 890
STYLE = (
    ".forest{--ink:#1c2127;--muted:#59626d;--line:#dde1e6;--band:#eef1f4;--good:#14713f;--bad:#a8261c;"
    "--note:#0b5a9d;--open:#59626d}"
    "@media(prefers-color-scheme:dark){.forest{--ink:#e4e7ea;--muted:#9ba5b0;--line:#333a42;--band:#22272d;"
    "--good:#63ce96;--bad:#ff8f80;--note:#7fbcf2;--open:#9ba5b0}}"
    ".forest text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:var(--ink)}"
    ".forest .muted{fill:var(--muted);font-size:12px}.forest .strong{font-weight:650}"
    ".forest .grid{stroke:var(--line)}.forest .zero{stroke:var(--muted)}.forest .band{fill:var(--band)}"
    ".forest .span{stroke-width:2.5;stroke-linecap:round}.forest .faint{opacity:.55}"
    ".forest .good{fill:var(--good);stroke:var(--good)}.forest .bad{fill:var(--bad);stroke:var(--bad)}"
    ".forest .note{fill:var(--note);stroke:var(--note)}.forest .open{fill:var(--open);stroke:var(--open)}"
    ".forest text.good,.forest text.bad,.forest text.note,.forest text.open{stroke:none}"
    ".forest text.good{fill:var(--good)}.forest text.bad{fill:var(--bad)}"
    ".forest text.note{fill:var(--note)}.forest text.open{fill:var(--open)}"
)


def forest_svg(forest: Forest, title: str) -> str:
    """Draw the plot."""
    bottom = _TOP + _ROW * len(forest.rows)
    parts = [*_panel(forest.best, (_LEFT, _RIGHT), bottom, forest.margin)]
    parts.append(_text(_LEFT, 16, "At the best checkpoint", "strong"))
    parts.append(_text(_LEFT, 33, "test loss gained over early stopping alone, %", "muted"))
    if forest.last is not None:
        parts += _panel(forest.last, _LAST, bottom, None)
        parts.append(_text(_LAST[0], 16, "At the last epoch", "strong"))
        parts.append(_text(_LAST[0], 33, "over the untreated, %", "muted"))
    for place, row in enumerate(forest.rows):
        parts += _row(row, _TOP + _ROW * (place + 0.5), forest)
    parts.append(_text(_LEFT, bottom + 34, "← worse", "muted"))
    parts.append(_text(_RIGHT, bottom + 34, "better →", "muted", anchor="end"))
    return _document(title, forest.summary, bottom + _BELOW, parts)


def _document(title: str, summary: str, height: float, parts: list[str]) -> str:
    head = (
        f'<svg class="forest" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'width="{_WIDTH}" height="{height:.0f}" role="img" aria-labelledby="forest-t forest-d">'
    )
    told = f'<title id="forest-t">{escape(title)}</title>\n<desc id="forest-d">{escape(summary)}</desc>'
    return "\n".join([head, told, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def _panel(panel: Panel, ends: tuple[int, int], bottom: float, margin: float | None) -> Iterator[str]:
    to = _onto(panel, ends)
    if margin is not None:
        left, right = to(-margin), to(margin)
        yield f'<rect class="band" x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" height="{bottom - _TOP}"/>'
    for tick in panel.ticks:
        kind = "zero" if tick == 0 else "grid"
        yield f'<path class="{kind}" d="M{to(tick):.1f} {_TOP}V{bottom}"/>'
        yield _text(to(tick), bottom + 16, number(tick), "muted", anchor="middle")


def _row(row: ForestRow, y: float, forest: Forest) -> Iterator[str]:
    tone = row.head.tone.value
    strong = " strong" if row.head.part is Part.PRIMARY else ""
    name = f"{row.head.letter}  {row.head.name}" if row.head.letter else row.head.name
    yield _text(_NAMES - 20, y + 4.5, name, strong.strip(), anchor="end")
    yield _text(_NAMES - 7, y + 4.5, row.head.mark, f"{tone} strong", anchor="middle")
    if row.best is not None:
        yield from _bar(row, row.best, y, _onto(forest.best, (_LEFT, _RIGHT)), "")
        yield _text(_NUMBERS, y + 4.5, row.text, strong.strip(), anchor="end")
    if row.last is not None and forest.last is not None:
        yield from _bar(row, row.last, y, _onto(forest.last, _LAST), " faint")


def _bar(row: ForestRow, bar: Bar, y: float, to: Callable[[float], float], kind: str) -> Iterator[str]:
    tone = "open" if kind else row.head.tone.value
    x = to(bar.value)
    yield f'<path class="span {tone}{kind}" d="M{to(bar.low):.1f} {y}H{to(bar.high):.1f}"/>'
    if row.head.part is Part.PRIMARY:
        yield f'<path class="{tone}{kind}" d="M{x:.1f} {y - 7}l7 7l-7 7l-7 -7z"/>'
    elif row.head.part is Part.CHANCE:
        yield f'<rect class="{tone}{kind}" x="{x - 4.5:.1f}" y="{y - 4.5}" width="9" height="9"/>'
    else:
        yield f'<circle class="{tone}{kind}" cx="{x:.1f}" cy="{y}" r="5"/>'


def _onto(panel: Panel, ends: tuple[int, int]) -> Callable[[float], float]:
    return lambda x: ends[0] + panel.place(x) * (ends[1] - ends[0])


def _text(x: float, y: float, text: str, kind: str, *, anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
