# SPDX-License-Identifier: Apache-2.0
"""What a candidate's trainings show against the untreated ones: each sign with its two numbers.

A sign is told when the paired interval of the change excludes 0; that one goes with the other is shown, not that one
is the cause of the other.
"""

from collections.abc import Callable, Iterator, Mapping
from math import isnan
from types import MappingProxyType

from goodfit.report.words import number, signed
from goodfit.values import Candidate, Measurement

MOST = 3  # signs of one candidate: more are not read
_MOST_DIGITS = 6  # for two numbers that differ by little

Phrase = Callable[[float, float], str]  # (treated, untreated) -> words


def _pair(treated: float, untreated: float, unit: str = "", digits: int = 3) -> str:
    while digits < _MOST_DIGITS and number(treated, digits) == number(untreated, digits):
        digits += 1
    return f"{number(treated, digits)}{unit} instead of {number(untreated, digits)}{unit}"


def _epochs(treated: float, untreated: float) -> str:
    when = "sooner" if treated < untreated else "later"
    return f"validation is at its best {when}, after {treated:.1f} epochs instead of {untreated:.1f}"


def _noise(treated: float, untreated: float) -> str:
    ratio = f", {number(treated / untreated, 2)} times" if untreated > 0 else ""
    return f"validation loss jumps from epoch to epoch by {_pair(treated, untreated, ' %', 2)}{ratio}"


def _steadiness(treated: float, untreated: float) -> str:
    how = "steadier" if treated < untreated else "less steady"
    return f"the gradient's norm is {how}: it varies by {_pair(treated, untreated, ' %', 2)}"


_PHRASES: Mapping[str, Phrase] = MappingProxyType(
    {
        "epochs-to-best": _epochs,
        "gap-at-end": lambda a, b: f"the gap between the losses ends at {_pair(a, b)}",
        "generalisation-gap": lambda a, b: f"the gap at the best checkpoint is {_pair(a, b)}",
        "training-loss-at-end": lambda a, b: f"training loss ends at {_pair(a, b)}",
        "rise-after-best": lambda a, b: f"after its best epoch validation loss rises by {_pair(a, b)}",
        "between-epoch-noise": _noise,
        "gradient-spread": _steadiness,
        "weight-norm": lambda a, b: f"the norm of the weights is {_pair(a, b)}",
        "zero-share": lambda a, b: f"{_pair(a, b, ' %')} of the weights are exactly 0",
        "calibration-error": lambda a, b: f"the calibration error is {_pair(a, b, ' %', 2)}",
    }
)
_NOT_SHOWN: Mapping[str, str] = MappingProxyType(
    {
        "epochs-to-best": "validation is not shown to be at its best sooner or later",
        "gap-at-end": "no other gap at the end is shown",
        "between-epoch-noise": "no other noise between epochs is shown",
        "gradient-spread": "the gradient's norm is not shown to be steadier",
        "weight-norm": "no other norm of the weights is shown",
        "zero-share": "no weight became exactly 0",
        "calibration-error": "no other calibration is shown",
    }
)
_LOOKED_AT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "more-nodes": ("epochs-to-best", "training-loss-at-end", "gap-at-end"),
        "fewer-nodes": ("epochs-to-best", "training-loss-at-end", "gap-at-end"),
        "raise-dropout": ("gap-at-end", "epochs-to-best", "calibration-error"),
        "lower-dropout": ("gap-at-end", "epochs-to-best", "calibration-error"),
        "train-longer": ("epochs-to-best", "rise-after-best", "gap-at-end"),
        "raise-learning-rate": ("between-epoch-noise", "epochs-to-best", "rise-after-best"),
        "lower-learning-rate": ("epochs-to-best", "between-epoch-noise", "rise-after-best"),
        "batch-norm": ("gradient-spread", "epochs-to-best", "between-epoch-noise"),
        "l1": ("zero-share", "weight-norm", "gap-at-end"),
        "weight-decay": ("weight-norm", "gap-at-end", "rise-after-best"),
        "label-smoothing": ("calibration-error", "gap-at-end", "rise-after-best"),
        "stochastic-depth": ("gap-at-end", "epochs-to-best", "calibration-error"),
    }
)
"""What to look at first, by the name of the remedy: what it is known to change."""
_OTHERWISE = ("epochs-to-best", "gap-at-end", "calibration-error")


def signs(one: Candidate, reference: Candidate) -> list[str]:
    """What the trainings show, most telling first; what the remedy is known to change is told even when not shown."""
    return [text for _, text in _told(one, reference)][:MOST]


def first_sign(one: Candidate, reference: Candidate) -> str:
    """The first that is shown, or nothing."""
    return next((text for shown, text in _told(one, reference) if shown), "")


def _is_the_same_at_best(one: Candidate) -> bool:
    """Whether every seed had its best checkpoint where the untreated training had it, with the same loss."""
    change, verdict = _change(one, "epochs-to-best"), one.verdict
    if change is None or verdict is None:
        return False
    return change.value == change.low == change.high == verdict.effect.value == 0


def _told(one: Candidate, reference: Candidate) -> Iterator[tuple[bool, str]]:
    before = {each.name: each.value for each in reference.measures}
    after = {each.name: each.value for each in one.measures}
    if _is_the_same_at_best(one):
        yield True, "its best checkpoint is the untreated training's in every seed"
    for place, name in enumerate(_LOOKED_AT.get(one.name, _OTHERWISE)):
        change = _change(one, name)
        if change is None or name not in before:
            continue
        if change.low > 0 or change.high < 0:
            yield True, _PHRASES[name](after[name], before[name])
        elif place == 0 and name in _NOT_SHOWN and not _is_the_same_at_best(one):
            yield False, f"{_NOT_SHOWN[name]} ({_interval(change)})"


def _interval(change: Measurement) -> str:
    if change.value == change.low == change.high == 0:
        return "the same in every seed"
    unit = f" {change.unit}" if change.unit and change.unit != "loss" else ""
    if isnan(change.low):  # one seed has no interval
        return f"change {signed(change.value, 2)}{unit}, one seed"
    return f"change {signed(change.value, 2)}{unit}, interval {signed(change.low, 2)} to {signed(change.high, 2)}"


def _change(one: Candidate, name: str) -> Measurement | None:
    return next((each for each in one.changes if each.name == f"{name}-change"), None)
