# SPDX-License-Identifier: Apache-2.0
"""A comparison as two tables of finished cells: what was proven, and what the trainings are like.

Columns stand in the order of their weight, so that a narrow page can break a table anywhere and still say the most
important things first. Cells of a column share their decimals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from statistics import median

from goodfit.report.comparison_names import LETTERS, base_loss, named, reference_of
from goodfit.report.story import Tone
from goodfit.report.verdict_rows import SYMBOLS, TONES
from goodfit.report.words import decimals, fixed, number, p_value, signed_fixed
from goodfit.values import Candidate, Comparison, Effect, Moment, Part, Score

NONE = "–"
FAILED = "✘ failed"
_HUNDRED = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; a line end in the head starts its second line."""

    head: str
    cells: tuple[str, ...]  # in the order of the rows
    right: bool = True  # numbers stand at the right


@dataclass(frozen=True, slots=True, kw_only=True)
class RowHead:
    """Who a row is about."""

    name: str
    letter: str  # of the text-book question, or empty
    mark: str  # how it came out, as one character
    tone: Tone
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows and columns of finished text."""

    rows: tuple[RowHead, ...]
    columns: tuple[Column, ...]


def row_head(one: Candidate) -> RowHead:
    """Who a candidate is, and how it came out."""
    mark, tone = ("✘", Tone.OPEN) if one.failed else ("·", Tone.OPEN)
    if one.decision is not None:
        mark, tone = SYMBOLS[one.decision], TONES[one.decision]
    return RowHead(name=named(one), letter=LETTERS.get(one.name, ""), mark=mark, tone=tone, part=one.part)


def proof_table(comparison: Comparison) -> Table:
    """What was proven: test loss, gain with interval, decision, and what comes with it."""
    those = comparison.candidates
    metric = next((s.metric for one in those for s in one.scores if s.metric != "loss"), None)
    of_metric = (
        [_interval_column(f"{metric} gained\n[95 % interval]", [_gain(one, metric) for one in those])]
        if metric
        else []
    )
    columns = (
        _number_column("test\nloss", [_mean(one, Moment.BEST) for one in those], 4),
        _interval_column("loss gained, %\n[95 % interval]", [_relative(one) for one in those], most=2),
        Column(head="\ndecision", cells=tuple(_decision(one) for one in those), right=False),
        Column(head="p\n(Holm)", cells=tuple(_p(one) for one in those)),
        Column(head="seeds\nwon", cells=tuple(_wins(one) for one in those)),
        _interval_column("P(better)\n[95 % interval]", [_better(one) for one in those], signs=False, most=2),
        *of_metric,
        _number_column("loss at the\nlast epoch", [_mean(one, Moment.LAST) for one in those], 4),
        _trait_column(those, "calibration\nerror, %", "calibration-error", 3),
        _trait_column(those, "epochs\nto best", "epochs-to-best", 2),
        _trait_column(those, "seconds\nto best", "seconds-to-best", 2),
        Column(head="inference\ntime", cells=tuple(_inference(one, comparison) for one in those)),
    )
    return Table(rows=tuple(map(row_head, those)), columns=tuple(each for each in columns if _says(each)))


def trait_table(comparison: Comparison) -> Table:
    """What the trainings are like, mean over seeds; candidates without trainings of their own are left out."""
    those = [one for one in comparison.candidates if one.measures]
    columns = [
        _trait_column(those, head, name, 3)
        for head, name in (
            ("gap at best\ncheckpoint", "generalisation-gap"),
            ("gap at\nthe end", "gap-at-end"),
            ("training loss\nat the end", "training-loss-at-end"),
            ("rise after\nthe best", "rise-after-best"),
            ("noise between\nepochs, %", "between-epoch-noise"),
            ("gradient norm's\nspread, %", "gradient-spread"),
            ("norm of\nweights", "weight-norm"),
            ("weights\nat 0, %", "zero-share"),
            ("\nparameters", "parameters"),
        )
    ]
    return Table(rows=tuple(map(row_head, those)), columns=tuple(each for each in columns if _says(each)))


def _says(column: Column) -> bool:
    return any(cell != NONE for cell in column.cells)


def _number_column(head: str, values: Sequence[float | None], digits: int) -> Column:
    """Numbers with the decimals that give the typical one so many digits."""
    known = [abs(value) for value in values if value is not None and isfinite(value) and value]
    places = decimals((median(known),), digits) if known else 0
    if all(value is None or value == int(value) for value in values if value is None or isfinite(value)):
        places = 0
    return Column(head=head, cells=tuple(NONE if value is None else fixed(value, places) for value in values))


def _trait_column(those: Sequence[Candidate], head: str, name: str, digits: int) -> Column:
    return _number_column(head, [_trait(one, name) for one in those], digits)


def _interval_column(
    head: str, effects: Sequence[tuple[float, float, float] | None], *, signs: bool = True, most: int = 3
) -> Column:
    """Values with their intervals; as many decimals as the typical width asks for, at most `most`."""
    widths = [e[2] - e[1] for e in effects if e is not None and isfinite(e[2] - e[1]) and e[2] > e[1]]
    places = min(most, decimals((median(widths) / 2,), 2)) if widths else most
    write: Callable[[float, int], str] = signed_fixed if signs else fixed
    return Column(head=head, cells=tuple(_interval(each, places, write) for each in effects))


def _interval(
    effect: tuple[float, float, float] | None, places: int, write: Callable[[float, int], str]
) -> str:
    if effect is None:
        return NONE
    value, low, high = effect
    if abs(value) >= _HUNDRED:  # far off all others, its decimals say nothing and would widen the column
        places = 0
    return (
        write(value, places)
        if isnan(low)
        else f"{write(value, places)} [{fixed(low, places)}, {fixed(high, places)}]"
    )


def relative_gain(one: Candidate, effect: Effect | None) -> tuple[float, float, float] | None:
    """An effect in per cent of early stopping alone's test loss: (value, low, high); None where that is no size."""
    if one.verdict is None or effect is None:
        return None
    base = base_loss(one.verdict)
    if not isfinite(base) or base <= 0:
        return None
    return 100 * effect.value / base, 100 * effect.low / base, 100 * effect.high / base


def _relative(one: Candidate) -> tuple[float, float, float] | None:
    return relative_gain(one, one.verdict.effect if one.verdict is not None else None)


def _score(one: Candidate, metric: str, moment: Moment) -> Score | None:
    return next((s for s in one.scores if s.metric == metric and s.moment is moment), None)


def _mean(one: Candidate, moment: Moment) -> float | None:
    if moment is Moment.BEST and one.part is Part.UNTREATED:
        return sum(one.losses) / len(one.losses) if one.losses else None  # what it is judged by
    found = _score(one, "loss", moment)
    return found.mean if found is not None else None


def _gain(one: Candidate, metric: str) -> tuple[float, float, float] | None:
    found = _score(one, metric, Moment.BEST)
    if found is None or found.gained is None:
        return None
    return found.gained.value, found.gained.low, found.gained.high


def _decision(one: Candidate) -> str:
    if one.failed:
        return FAILED
    if one.part is Part.REFERENCE:
        return "· the reference"
    if one.decision is None:
        return NONE
    return f"{SYMBOLS[one.decision]} {one.decision}"


def _p(one: Candidate) -> str:
    return NONE if one.adjusted_p is None else p_value(one.adjusted_p)


def _wins(one: Candidate) -> str:
    return NONE if one.verdict is None else f"{one.verdict.wins}/{len(one.verdict.seeds)}"


def _better(one: Candidate) -> tuple[float, float, float] | None:
    if one.verdict is None or isnan(one.verdict.probability_better.value):
        return None
    better = one.verdict.probability_better
    return better.value, better.low, better.high


def _trait(one: Candidate, name: str) -> float | None:
    return next((each.value for each in one.measures if each.name == name), None)


def _inference(one: Candidate, comparison: Comparison) -> str:
    own, reference = _trait(one, "inference-time"), _trait(reference_of(comparison), "inference-time")
    if own is None or not reference:
        return NONE
    if one.part is Part.REFERENCE:
        return f"{number(1000 * own, 2)} ms"
    return f"×{fixed(own / reference, 2)}"
