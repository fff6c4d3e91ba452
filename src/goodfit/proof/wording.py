# SPDX-License-Identifier: Apache-2.0
"""The numbers of a verdict as plain sentences: why this decision, by what method, and what it does not cover."""

from dataclasses import dataclass
from math import ceil, isfinite, log2

from goodfit.proof.decision import enough_units
from goodfit.proof.levels import LEAST_UNITS, ONE_UNIT_SHARE, POWER
from goodfit.proof.looks import limits_of_looks
from goodfit.proof.measure import LOSS, Measure
from goodfit.proof.sequential_words import limits_of_stopping
from goodfit.proof.sign_flip import MOST_ENUMERATED, smallest_sign_flip_p
from goodfit.values import Decision, Gate, Sequential, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the sentences are made of; losses are in the loss's own unit."""

    gain: float  # mean loss of the control minus that of the treatment
    control_mean: float
    relative: float  # gain as a share of the control's mean loss
    margin: float
    detectable: float  # smallest gain both gates would find with 80 % power
    seeds: int
    wins: int
    ties: int
    gates: tuple[Gate, ...]
    examples: int
    units: int  # independent groups of examples
    largest_share: float  # of the sum of squares, carried by one unit
    measured_on: Split
    reads: int
    measure: Measure = LOSS
    sequential: Sequential | None = None

    @property
    def where(self) -> str:
        """The data that it was measured on, and what it is."""
        return f"{self.measured_on.value} {self.measure.name}"


def because(decision: Decision, found: Findings) -> str:
    """Say in full sentences why the decision is what it is."""
    if found.sequential is not None:
        gates = "" if decision is Decision.EQUIVALENT else f" {_gate_list(found, worse=found.gain < 0)}."
        return f"{_change(found)}.{gates} {found.sequential.because}"
    if decision is Decision.IMPROVED:
        return f"{_change(found)}. {_gate_list(found)}: {_passed(found)}."
    if decision is Decision.WORSE:
        return f"{_change(found)}. {_gate_list(found, worse=True)}: {_passed(found)} in the other direction."
    if decision is Decision.EQUIVALENT:
        which = (
            "the 90 % interval" if found.seeds == 1 else "both 90 % intervals, over seeds and over examples,"
        )
        verb = "lies" if found.seeds == 1 else "lie"
        return f"{_change(found)}, and {which} {verb} within the margin of ±{found.margin:.3g}."
    return f"{_change(found)}. {_gate_list(found, worse=found.gain < 0)}: {_undecided(found)}"


def method(found: Findings) -> str:
    """Name the procedure in one sentence."""
    examples = "studentised bootstrap over independent test examples"
    if found.seeds == 1:
        return (
            f"One pair of checkpoints: {examples} alone (gate E), which compares these two checkpoints "
            "and not the two recipes."
        )
    if found.sequential is not None:
        return (
            f"Sequential, at most {found.sequential.most} paired seeds: an e-process over the seeds' signs (gate S) watched "
            f"seed by seed, and at its first crossing of {found.sequential.needed:.0f}, once, {examples}, with the spread of "
            "the seeds added (gate E); a claim needs both."
        )
    flip = "exact sign-flip" if found.seeds <= MOST_ENUMERATED else "sign-flip (100,000 draws)"
    return (
        f"{found.seeds} paired seeds: {flip} over seeds (gate S) and {examples}, "
        "with the spread of the seeds added (gate E); a claim needs both."
    )


def limits(decision: Decision, found: Findings) -> tuple[str, ...]:
    """List what the verdict does not cover, most important first."""
    said = (
        _limits_of_seeds(found),
        _limits_of_units(found),
        _limits_of_margin(decision, found),
        _limits_of_looks(found),
    )
    return tuple(sentence for group in said for sentence in group)


def _limits_of_seeds(found: Findings) -> list[str]:
    if found.seeds == 1:
        return [
            "This verdict is about these two checkpoints only: other seeds may turn out the other way.",
            "The probability that the treatment is better in a new pair is not known.",
            "It speaks about data drawn like this test set.",
        ]
    said = []
    if found.sequential is not None:
        said += limits_of_stopping(found.sequential)
    elif _out_of_reach(found):
        said.append(
            f"With {found.seeds} seeds gate S cannot pass: even when all agree p is "
            f"{smallest_sign_flip_p(found.seeds):.4g}. At least {_fewest_seeds(found)} seeds are needed for a claim."
        )
    if found.ties:
        counted = "counted as not won" if found.sequential is None else "counted for neither side"
        said.append(f"{_count(found.ties, 'seed')} ended in an exact tie, {counted}.")
    if found.sequential is None:
        said.append("Gate S assumes that without an effect the seeds' differences are symmetric around 0.")
    else:
        said.append("Gate S assumes that without an effect each arm is as likely to win a seed as the other.")
    said.append("It speaks about this recipe on data drawn like this test set, not about other data sets.")
    return said


def _limits_of_units(found: Findings) -> list[str]:
    said = []
    if not enough_units(found.units):
        said.append(
            f"There is not enough test data: {_count(found.units, 'independent unit')} where "
            f"{LEAST_UNITS.value:.0f} are needed, so nothing is claimed."
        )
    if found.largest_share >= ONE_UNIT_SHARE.value:
        said.append(
            f"One test unit carries {100 * found.largest_share:.0f} % of the spread between units: with a tail this "
            "heavy the p value of gate E is a rough one."
        )
    return said


def _limits_of_margin(decision: Decision, found: Findings) -> list[str]:
    if decision in (Decision.IMPROVED, Decision.WORSE) and abs(found.gain) < found.margin:
        return [f"The change is real but smaller than the margin of {found.margin:.3g} set as not mattering."]
    return []


def _limits_of_looks(found: Findings) -> list[str]:
    said = []
    if found.measured_on is not Split.TEST:
        said.append(
            f"The {found.measure.name} is from the {found.measured_on.value} split, which training has already used to choose: "
            "it flatters whatever was chosen on it."
        )
    said += limits_of_looks(found.reads)
    return said


def _change(found: Findings) -> str:
    share = (
        f" ({100 * abs(found.relative):.1f} % of the control's {found.measure.sign * found.control_mean:.4g})"
        if isfinite(found.relative)
        else ""
    )
    if found.gain == 0:
        start = f"The treatment left the mean {found.where} where it was"
    else:
        verb = "lowered" if found.gain * found.measure.sign > 0 else "raised"
        start = f"The treatment {verb} the mean {found.where} by {abs(found.gain):.4g}{share}"
    if found.seeds == 1:
        return f"{start} in one pair of checkpoints"
    return f"{start}, and was better in {found.wins} of {found.seeds} seeds"


def _gate_list(found: Findings, *, worse: bool = False) -> str:
    over = {"S": f"over {found.seeds} seeds", "E": f"over {_count(found.units, 'test unit')}"}
    parts = []
    for gate in found.gates:
        p = gate.worse_p if worse else gate.improved_p
        parts.append(f"gate {gate.name} {over[gate.name]} has p = {p:.2g} (level {gate.level:g})")
    text = " and ".join(parts)
    return text[0].upper() + text[1:]


def _passed(found: Findings) -> str:
    return "it passes" if len(found.gates) == 1 else "both pass"


def _undecided(found: Findings) -> str:
    if not enough_units(found.units):
        return f"not enough test data, {LEAST_UNITS.value:.0f} independent units are needed."
    if _out_of_reach(found):
        return f"with {found.seeds} seeds gate S cannot pass whatever the data say; {_fewest_seeds(found)} are the fewest."
    return (
        "that does not settle it, and the intervals are too wide to call the two equivalent. "
        f"A gain of {found.detectable:.3g} would have been found with {100 * POWER.value:.0f} % power."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _out_of_reach(found: Findings) -> bool:
    """Whether so few seeds cannot pass gate S at its level."""
    return found.seeds > 1 and smallest_sign_flip_p(found.seeds) > found.gates[0].level


def _fewest_seeds(found: Findings) -> int:
    return ceil(log2(1 / found.gates[0].level))
