# SPDX-License-Identifier: Apache-2.0
"""The proof whose seeds are added until it is settled: finished runs of two arms in, one Verdict out.

Ask again with one more pair while `verdict.sequential.stopped` is UNFINISHED. The seeds count in the order of their
numbers, and those after the stop are not looked at, so that it does not matter how many were trained at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from math import inf

import numpy as np

from goodfit.errors import SettingsError
from goodfit.proof.compare import Compared, assembled, paired
from goodfit.proof.decision import enough_units, within_margin
from goodfit.proof.evidence import ENOUGH, anytime_p
from goodfit.proof.levels import MOST_SEEDS, SEED_LEVEL
from goodfit.proof.measure import LOSS, Measure
from goodfit.proof.pairs import Pairs
from goodfit.proof.sequential_power import smallest_detectable_in_sequence
from goodfit.proof.sequential_words import why_stopped
from goodfit.proof.tables import Table, example_gate, first_seeds, margin_of, tabulate
from goodfit.proof.walk import BETS, FEWEST, Walked, reached, walk
from goodfit.values import Decision, Gate, Run, Sequential, Stopped, Verdict

_FEWEST_FOR_AN_INTERVAL = 2


def compare_in_sequence(  # noqa: PLR0913 - the options of the proof, all but the arms by keyword
    control: Sequence[Run],
    treatment: Sequence[Run],
    *,
    margin: float | None = None,
    groups: Sequence[int] | None = None,
    holdout_reads: int,
    most: int | None = None,
    measure: Measure = LOSS,
) -> Verdict:
    """Judge what the seeds so far show, and whether more could settle it.

    Args:
        control: finished runs without the treatment, one for each seed.
        treatment: finished runs with it, the same seeds in any order.
        margin: equivalence margin in loss units, set before the first look at the test set; None: 1 % of the
            control's mean loss over the seeds so far.
        groups: shape (examples,), equal labels for test examples that are not independent; None: each alone.
        holdout_reads: looks at the test set so far; this comparison, with all its seeds, is one.
        most: seeds that there can be; None: 20.
        measure: what the runs' per-example numbers are; margin, effects and means are in its unit.

    Raises:
        InputError: the runs cannot be paired (see `pair_up`).
        SettingsError: a negative margin, groups that do not fit, or fewer seeds allowed than any claim needs.
        HoldoutError: the runs were measured on the test set and no look at it was recorded.
    """
    most = int(MOST_SEEDS.value) if most is None else most
    if most < FEWEST:
        raise SettingsError(
            f"a sequential proof of at most {most} seeds was asked for",
            todo=f"allow {FEWEST} or more: with fewer no evidence is enough, even when all agree",
        )
    pairs = paired(control, treatment, holdout_reads, measure)
    at = cache(lambda seeds: tabulate(first_seeds(pairs, seeds), groups))
    gains = pairs.differences.mean(axis=1)
    margins = np.array([margin_of(margin, pairs.control[: n + 1]) for n in range(len(gains))])

    def examples_agree(claim: Decision, seeds: int) -> bool:
        return _borne_out(claim, at(seeds), float(margins[seeds - 1]))

    if enough_units(at(1).examples.units):
        walked = walk(gains, margins, examples_agree, most=most)
    else:
        walked = _too_few_units(len(gains))
    table, width = at(walked.seeds), float(margins[walked.seeds - 1])
    return assembled(
        Compared(
            pairs=first_seeds(pairs, walked.seeds),
            table=table,
            gates=_gates(walked, table, at),
            margin=width,
            reads=holdout_reads,
            measure=measure,
            decision=walked.decision,
            within_margin=_within_margin(walked, table, width),
            detectable=_detectable(table, most),
            sequential=_progress(walked, pairs, most),
        ),
        control,
        treatment,
    )


def _borne_out(claim: Decision, table: Table, margin: float) -> bool:
    """What the test examples say to a claim that the seeds support: gate E, or the 90 % interval over examples."""
    if claim is Decision.EQUIVALENT:
        return within_margin(table.intervals()[:1], margin=margin, units=table.examples.units)
    gate = example_gate(table)
    return (gate.improved_p if claim is Decision.IMPROVED else gate.worse_p) <= gate.level


def _within_margin(walked: Walked, table: Table, margin: float) -> bool:
    """Whether EQUIVALENT holds at the stop beside what is claimed; a bet that was spent earlier is not tried again."""
    if walked.decision is Decision.EQUIVALENT:
        return True
    spent = Decision.EQUIVALENT in walked.crossed
    return (
        not spent
        and reached(Decision.EQUIVALENT, table.gains, margin)
        and _borne_out(Decision.EQUIVALENT, table, margin)
    )


def _too_few_units(seeds: int) -> Walked:
    """No claim can come of it: two pairs, the fewest with an interval over seeds, and no more."""
    used = min(seeds, _FEWEST_FOR_AN_INTERVAL)
    ended = Stopped.TOO_FEW_UNITS if used == _FEWEST_FOR_AN_INTERVAL else Stopped.UNFINISHED
    return Walked(stopped=ended, seeds=used, decision=Decision.UNDECIDED, highest=dict.fromkeys(BETS, 0.0))


def _gates(walked: Walked, table: Table, at: Callable[[int], Table]) -> tuple[Gate, ...]:
    """Gate S by the evidence; gate E as it was asked: at the first crossing, or at the stop when there was none."""
    improved, worse = (walked.highest[bet] for bet in (Decision.IMPROVED, Decision.WORSE))
    gate_s = Gate(
        name="S",
        test="e-process over the seeds' signs, valid at any stop, one-sided",
        improved_p=anytime_p(improved),
        worse_p=anytime_p(worse),
        level=SEED_LEVEL.value,
    )
    tables = [
        at(walked.crossed[bet]) if bet in walked.crossed else table
        for bet in (Decision.IMPROVED, Decision.WORSE)
    ]
    gate_e = replace(
        example_gate(table), improved_p=tables[0].examples.improved_p, worse_p=tables[1].examples.worse_p
    )
    return gate_s, gate_e


def _progress(walked: Walked, pairs: Pairs, most: int) -> Sequential:
    evidence = walked.highest
    return Sequential(
        most=most,
        used=walked.seeds,
        saved=0 if walked.stopped is Stopped.UNFINISHED else most - walked.seeds,
        needed=ENOUGH,
        improved=evidence[Decision.IMPROVED],
        worse=evidence[Decision.WORSE],
        equivalent=evidence[Decision.EQUIVALENT],
        stopped=walked.stopped,
        because=why_stopped(walked, most=most, given=len(pairs.seeds)),
    )


def _detectable(table: Table, most: int) -> float:
    if len(table.gains) == 1 or not enough_units(table.examples.units):
        return inf
    return smallest_detectable_in_sequence(
        seed_deviation=table.seed_deviation, test_error=table.test_error, most=most
    )
