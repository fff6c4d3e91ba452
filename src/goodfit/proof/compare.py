# SPDX-License-Identifier: Apache-2.0
"""The proof with a number of seeds fixed beforehand: finished runs of two arms in, one Verdict out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, nan

from goodfit.errors import HoldoutError
from goodfit.proof.decision import decide, enough_units, within_margin
from goodfit.proof.effects import effect, example_effect, means, probability_better
from goodfit.proof.levels import EFFECT_COVERAGE, SEED_LEVEL
from goodfit.proof.measure import LOSS, Measure
from goodfit.proof.pairs import Pairs, pair_up
from goodfit.proof.planning import plans
from goodfit.proof.power import smallest_detectable
from goodfit.proof.tables import Table, gates_of, margin_of, tabulate
from goodfit.proof.wording import Findings, because, limits, method
from goodfit.values import Decision, Gate, Run, Sequential, Split, Stopped, Verdict


def compare_runs(  # noqa: PLR0913 - the options of the proof, all but the arms by keyword
    control: Sequence[Run],
    treatment: Sequence[Run],
    *,
    margin: float | None = None,
    groups: Sequence[int] | None = None,
    holdout_reads: int,
    level: float | None = None,
    measure: Measure = LOSS,
) -> Verdict:
    """Judge whether the treatment generalises better than the control.

    Args:
        control: finished runs without the treatment, one for each seed.
        treatment: finished runs with it, the same seeds in any order.
        margin: equivalence margin in loss units, set before the first look at the test set; None: 1 % of the
            control's mean loss.
        groups: shape (examples,), equal labels for test examples that are not independent; None: each alone.
        holdout_reads: looks at the test set so far, this comparison included.
        level: chance of a false claim allowed for, 0.05 when None; lower when this is one of several comparisons
            (see `decide_together`). Gate S gets all of it and gate E half, as in `proof.levels`.
        measure: what the runs' per-example numbers are; margin, effects and means are in its unit.

    Raises:
        InputError: the runs cannot be paired (see `pair_up`).
        SettingsError: a negative margin, a level above 0.05, or groups that do not fit the examples.
        HoldoutError: the runs were measured on the test set and no look at it was recorded.
    """
    pairs = paired(control, treatment, holdout_reads, measure)
    table = tabulate(pairs, groups)
    width = margin_of(margin, pairs.control)
    gates = gates_of(table, level)
    units = table.examples.units
    decision = decide(gates, table.intervals(), margin=width, units=units)
    return assembled(
        Compared(
            pairs=pairs,
            table=table,
            gates=gates,
            margin=width,
            reads=holdout_reads,
            measure=measure,
            decision=decision,
            within_margin=within_margin(table.intervals(), margin=width, units=units),
            detectable=_detectable(table, SEED_LEVEL.value if level is None else level),
        ),
        control,
        treatment,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A comparison with its decision taken, before it is put into words."""

    pairs: Pairs
    table: Table
    gates: tuple[Gate, ...]
    margin: float
    reads: int
    decision: Decision
    within_margin: bool
    detectable: float  # smallest gain found with 80 % power
    measure: Measure
    sequential: Sequential | None = None


def paired(control: Sequence[Run], treatment: Sequence[Run], reads: int, measure: Measure) -> Pairs:
    """Pair the runs of two arms, and make sure that a look at the test set was recorded.

    Raises:
        InputError: as `pair_up`.
        HoldoutError: no look was recorded.
    """
    pairs = pair_up(control, treatment)
    if pairs.measured_on is Split.TEST and reads < 1:
        raise HoldoutError(
            "this comparison reads the test set, and no look at it was recorded",
            todo="record the look in the HoldoutLedger before the comparison",
        )
    return replace(pairs, control=measure.sign * pairs.control, treatment=measure.sign * pairs.treatment)


def assembled(this: Compared, control: Sequence[Run], treatment: Sequence[Run]) -> Verdict:
    """The verdict of a comparison, with its reasons and limits in words."""
    found = _findings(this)
    return Verdict(
        decision=this.decision,
        effect=effect(this.table, this.measure.name),
        example_effect=example_effect(this.table, this.measure.name),
        relative=found.relative,
        margin=this.margin,
        smallest_detectable=found.detectable,
        method=method(found),
        seeds=this.pairs.seeds,
        wins=found.wins,
        probability_better=probability_better(found.wins, found.seeds),
        gates=this.gates,
        means=means(this.pairs, control, treatment, this.measure),
        test_examples=found.examples,
        test_groups=found.units,
        holdout_reads=this.reads,
        because=because(this.decision, found),
        limits=limits(this.decision, found),
        within_margin=this.within_margin,
        metric=this.measure.name,
        goal=this.measure.goal,
        sequential=this.sequential,
        plans=plans(this.table, this.margin) if _at_its_end(this) else (),
    )


def _at_its_end(this: Compared) -> bool:
    """Whether nothing was decided and nothing more is to come, so that another attempt may be planned."""
    unfinished = this.sequential is not None and this.sequential.stopped is Stopped.UNFINISHED
    return this.decision is Decision.UNDECIDED and not unfinished


def _findings(this: Compared) -> Findings:
    gains = this.table.gains
    gain, base = float(gains.mean()), float(this.pairs.control.mean())
    return Findings(
        gain=gain,
        control_mean=base,
        relative=gain / abs(base) if base else nan,
        margin=this.margin,
        detectable=this.detectable,
        seeds=len(gains),
        wins=int((gains > 0).sum()),
        ties=int((gains == 0).sum()),
        gates=this.gates,
        examples=this.pairs.control.shape[1],
        units=this.table.examples.units,
        largest_share=this.table.largest_share,
        measured_on=this.pairs.measured_on,
        reads=this.reads,
        measure=this.measure,
        sequential=this.sequential,
    )


def _detectable(table: Table, level: float) -> float:
    if not enough_units(table.examples.units):
        return inf
    examples = table.examples
    coverage = 1 - (1 - EFFECT_COVERAGE.value) * level / SEED_LEVEL.value
    low, high = examples.interval(coverage)
    return smallest_detectable(
        seeds=len(table.gains),
        seed_deviation=table.seed_deviation,
        example_error=examples.standard_error,
        example_reach=max(examples.estimate - low, high - examples.estimate),
        level=level,
    )
