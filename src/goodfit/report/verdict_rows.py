# SPDX-License-Identifier: Apache-2.0
"""A verdict as a title, facts and two small tables; the decision is said before any number."""

from dataclasses import dataclass, replace
from math import isfinite, isnan

from goodfit.report.story import Tone
from goodfit.report.words import decimals, fixed, number, p_value, percent, plural, quantity, signed_fixed
from goodfit.values import Decision, Effect, Gate, Goal, Sequential, Verdict

SYMBOLS = {Decision.IMPROVED: "✔", Decision.WORSE: "✘", Decision.EQUIVALENT: "≈", Decision.UNDECIDED: "?"}
TONES = {
    Decision.IMPROVED: Tone.GOOD,
    Decision.WORSE: Tone.BAD,
    Decision.EQUIVALENT: Tone.NOTE,
    Decision.UNDECIDED: Tone.OPEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """One test that must pass, for both directions of the claim."""

    name: str
    test: str
    improved_p: str
    worse_p: str
    level: str
    passes: str  # "improved", "worse" or "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansRow:
    """One metric under both arms."""

    metric: str
    control: str
    treatment: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRows:
    """Everything a renderer needs to show a verdict."""

    title: str
    symbol: str
    tone: Tone
    because: str
    facts: tuple[tuple[str, str], ...]
    gates: tuple[GateRow, ...]
    means: tuple[MeansRow, ...]
    limits: tuple[str, ...]


def verdict_rows(verdict: Verdict) -> VerdictRows:
    """Put a verdict into words."""
    return VerdictRows(
        title=verdict_title(verdict),
        symbol=SYMBOLS[verdict.decision],
        tone=TONES[verdict.decision],
        because=verdict.because,
        facts=_facts(verdict),
        gates=tuple(_gate_row(gate) for gate in verdict.gates),
        means=_means(verdict),
        limits=verdict.limits,
    )


def verdict_title(verdict: Verdict) -> str:
    """The decision as one line, with the size of the effect where one is claimed."""
    known = isfinite(verdict.relative)
    size = f"{percent(abs(verdict.relative), 2)} " if known else ""
    better, worse = ("lower", "higher") if verdict.goal is Goal.MINIMIZE else ("higher", "lower")
    title = {
        Decision.IMPROVED: f"Improved: the {verdict.metric} on untouched test data is {size}{better}",
        Decision.WORSE: f"Worse: the {verdict.metric} on untouched test data is {size}{worse}",
        Decision.EQUIVALENT: "Equivalent: whatever difference there is stays within the margin",
        Decision.UNDECIDED: "Undecided: the test data neither prove nor exclude a difference",
    }[verdict.decision]
    return f"{title} (these two checkpoints only)" if len(verdict.seeds) == 1 else title


def relative_interval(verdict: Verdict, effect: Effect) -> tuple[float, float, float] | None:
    """An effect as a share of the control's mean loss, (value, low, high); None when that is not known."""
    base = next((each.control for each in verdict.means if each.metric == verdict.metric), 0.0)
    if not base and verdict.relative:
        base = verdict.effect.value / verdict.relative
    base = abs(base)
    return (effect.value / base, effect.low / base, effect.high / base) if isfinite(base) and base else None


def _facts(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    pairs = plural(len(verdict.seeds), "seed")
    groups = verdict.test_groups != verdict.test_examples
    independent = f" in {plural(verdict.test_groups, 'independent group')}" if groups else ""
    return (
        (f"{verdict.metric} gained, over seeds", _effect(verdict, verdict.effect)),
        ("the same, over examples", _effect(verdict, verdict.example_effect)),
        ("wins", f"{verdict.wins} of {pairs}"),
        ("P(better)", _effect(None, verdict.probability_better)),
        (
            "margin",
            f"{number(verdict.margin)} counts as no difference (set before the first look at the test set)",
        ),
        ("smallest detectable", _detectable(verdict)),
        (
            "test set",
            f"{plural(verdict.test_examples, 'example')}{independent}, read {_times(verdict.holdout_reads)}",
        ),
        ("seeds", ", ".join(str(seed) for seed in verdict.seeds)),
        *_sequential(verdict.sequential),
        ("method", verdict.method),
        *(("to settle it", plan.says) for plan in verdict.plans),
    )


def _sequential(progress: Sequential | None) -> tuple[tuple[str, str], ...]:
    if progress is None:
        return ()
    seen = (("better", progress.improved), ("worse", progress.worse), ("equivalent", progress.equivalent))
    evidence = ", ".join(f"{name} {number(value)}" for name, value in seen)
    saved = f", {progress.saved} saved" if progress.saved else ""
    return (
        ("evidence", f"{evidence} ({number(progress.needed)} are needed)"),
        ("stopped", f"{progress.stopped}: {progress.used} of at most {plural(progress.most, 'seed')}{saved}"),
    )


def _detectable(verdict: Verdict) -> str:
    seeds = plural(len(verdict.seeds), "seed")
    if verdict.sequential is not None:
        seeds = f"at most {plural(verdict.sequential.most, 'seed')}"
    if not isfinite(verdict.smallest_detectable):
        return f"none: with {seeds} and this test set no difference, however large, would be found reliably"
    return f"{number(verdict.smallest_detectable)} with {seeds} (80 % power)"


def _effect(verdict: Verdict | None, effect: Effect) -> str:
    """An effect with its interval in loss units and in per cent of the control; a lone number says why it is alone."""
    if isnan(effect.value):
        return f"not known ({effect.method})" if effect.method else "not known"
    alone = isnan(effect.low) and isnan(effect.high)
    level = "" if alone else f"{percent(effect.level, 2)} interval"
    how = ", ".join(part for part in (level, effect.method) if part)
    share = relative_interval(verdict, effect) if verdict else None
    relative = ""
    if share:
        value, low, high = (100 * each for each in share)
        places = decimals((value, low, high), 2)
        bounds = "" if alone else f" [{fixed(low, places)}, {fixed(high, places)}]"
        relative = f" = {fixed(value, places)} %{bounds}"
    return f"{quantity(replace(effect, unit=''))}{relative}" + (f" ({how})" if how else "")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _gate_row(gate: Gate) -> GateRow:
    passes = (
        "improved" if gate.improved_p <= gate.level else "worse" if gate.worse_p <= gate.level else "neither"
    )
    return GateRow(
        name=gate.name,
        test=gate.test,
        improved_p=p_value(gate.improved_p),
        worse_p=p_value(gate.worse_p),
        level=number(gate.level),
        passes=passes,
    )


def _means(verdict: Verdict) -> tuple[MeansRow, ...]:
    rows = []
    for each in verdict.means:
        places = decimals((each.control, each.treatment), 4)
        change = signed_fixed(each.treatment - each.control, places)
        rows.append(
            MeansRow(
                metric=each.metric,
                control=fixed(each.control, places),
                treatment=fixed(each.treatment, places),
                change=change,
            )
        )
    return tuple(rows)
