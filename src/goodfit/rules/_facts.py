# SPDX-License-Identifier: Apache-2.0
"""The numbers that a rule's sentences may name, worked out only when a sentence names them.

A template such as "has risen by {rise} since {onset}" is filled from `FACTS`; whole sentences that apply only to
some histories, such as `{metric_lost}`, are empty for the others.
"""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite, isnan, nan
from types import MappingProxyType

from goodfit.measures import (
    breakdown,
    calm_curve,
    changes_sign,
    checkpoint,
    level,
    noise,
    onset,
    onset_span,
    rise_after_minimum,
    smallest_visible_rise,
    spiking_curve,
    stray_end,
)
from goodfit.rules._breaks import broke, open_break, return_to
from goodfit.rules._facts_comparison import FACTS_OF_COMPARISON
from goodfit.rules._facts_counts import COUNTS
from goodfit.rules._facts_dynamics import DYNAMICS, DYNAMICS_BEGIN
from goodfit.rules._percents import UNKNOWN, percent
from goodfit.values import Curve, Evidence, Goal, History, MeasuredAs, Onset, Split


class Facts(Mapping[str, str]):
    """A history and its evidence, read as the fields of a sentence."""

    def __init__(self, history: History, evidence: tuple[Evidence, ...] = ()) -> None:
        self.history = history
        self._measured = {each.measurement.name: each.measurement.value for each in evidence}

    def value(self, name: str) -> float:
        """The value of the measurement called `name`, NaN when it was not taken."""
        return self._measured.get(name, nan)

    def __getitem__(self, key: str) -> str:
        return FACTS[key](self)

    def __iter__(self) -> Iterator[str]:
        return iter(FACTS)

    def __len__(self) -> int:
        return len(FACTS)


def moment(curve: Curve | None, x: float) -> str:
    """A point of a curve's axis as words: "epoch 9"."""
    axis = curve.axis.value if curve else "epoch"
    return f"an unknown {axis}" if isnan(x) else f"{axis} {x:.9g}"


def spoken(curve: Curve | None, fallback: str) -> str:
    """A curve as words: "validation loss"."""
    if curve is None:
        return fallback
    return f"{'training' if curve.split is Split.TRAIN else curve.split.value} {curve.metric}"


def _of_fall(curve: Curve) -> str:
    """What a share is one of, where that is not the level."""
    return " of its whole fall" if changes_sign(curve) else ""


def _share(name: str) -> Callable[[Facts], str]:
    return lambda facts: percent(facts.value(name))


def _onset(facts: Facts) -> str:
    val = facts.history.val
    if val is None:
        return "an unknown epoch"
    found = onset(val)
    low, high = onset_span(val)
    spread = "" if isnan(low) else f" (between {low:.9g} and {high:.9g})"
    return moment(val, found.epoch) + spread


def _keep(facts: Facts) -> str:
    val = facts.history.val
    found = checkpoint(val) if val else None
    return found.in_words(val.axis) if val and found else "the best epoch"


def _rise(facts: Facts) -> str:
    val = facts.history.val
    return percent(rise_after_minimum(val).value / 100) + _of_fall(val) if val else UNKNOWN


def _visible(facts: Facts) -> str:
    val = facts.history.val
    return percent(smallest_visible_rise(val).value / 100) + _of_fall(val) if val else UNKNOWN


def _crossing(facts: Facts) -> str:
    """Why shares are not those of the level."""
    val = facts.history.val
    if val is None or not _of_fall(val):
        return ""
    return f" The {spoken(val, '')} changes its sign, so a share of its level would mean nothing."


def _stray(facts: Facts) -> str:
    """The last value beside the smoothed level, where the two are far apart."""
    val = facts.history.val
    last = stray_end(val) if val else None
    if val is None or last is None:
        return ""
    return f" That is the level over its last evaluations; the very last one is a spike, to {last:.3g}."


def _rise_in_noise(facts: Facts) -> str:
    """The rise in units of the noise of one evaluation; empty when the curve shows no noise."""
    val = facts.history.val
    ratio = rise_after_minimum(val).value / (noise(val).value or nan) if val else nan
    return f", {ratio:.1f} times the noise of one evaluation" if isfinite(ratio) else ""


def _wasted(facts: Facts) -> str:
    val = facts.history.val
    span = val.x[-1] - val.x[0] if val else 0.0
    if val is None or not span:
        return "an unknown share"
    return percent((val.x[-1] - onset(val).epoch) / span)


def _metric_lost(facts: Facts) -> str:
    """What the validation metric did since the loss turned: worse, or as good as ever (over-confidence)."""
    val, metric = facts.history.val, facts.history.val_metric
    if val is None or metric is None or metric is val or len(metric) == 0:
        return ""
    sign = 1 if metric.goal is Goal.MINIMIZE else -1
    then = sign * level(metric, onset(val).epoch).value
    now = level(metric)
    moved = f"validation {metric.metric} went from {then:.4g} to {sign * now.value:.4g}"
    if now.low > sign * then:
        return f" Meanwhile {moved}."
    return f" Yet {moved}, no clear loss: growing over-confidence alone raises a loss (see the limits)."


def _measured_as(facts: Facts) -> str:
    """How the training curve was measured, when that blurs the comparison with validation."""
    train = facts.history.train
    doubtful = (MeasuredAs.EPOCH_MEAN, MeasuredAs.LAST_BATCH, MeasuredAs.SMOOTHED)
    if train is None or train.measured_as not in doubtful:
        return ""
    return (
        f" The training {train.metric} was logged as {train.measured_as.value}, so its distance from"
        " validation is blurred."
    )


def _alone(facts: Facts) -> str:
    """What validation shows without a training curve."""
    val = facts.history.val
    if val is None or not rise_after_minimum(val).low > 0:
        return ""
    return (
        f" Validation alone has risen by {_rise(facts)} since {_onset(facts)}; whether training still fell"
        f" meanwhile was not logged. Either way, the checkpoint to keep is that of {_keep(facts)}."
    )


def _counts(facts: Facts) -> str:
    """How many points each curve to judge by has."""
    listed = (("training", facts.history.train), ("validation", facts.history.val))
    known = [(len(curve), name) for name, curve in listed if curve is not None]
    noun = "point" if known and known[-1][0] == 1 else "points"
    return f"{' and '.join(f'{count} {name}' for count, name in known)} {noun}"


FACTS: Mapping[str, Callable[[Facts], str]] = MappingProxyType(
    {
        **COUNTS,
        **FACTS_OF_COMPARISON,
        **DYNAMICS,
        "alone": _alone,
        "broke": lambda facts: broke(facts.history),
        "counts": _counts,
        "crossing": _crossing,
        "gain": _share("validation-gain"),
        "gap": _share("gap"),
        "keep": _keep,
        "late": lambda facts: percent(-facts.value("late-change")),
        "learned": _share("learned-share"),
        "measured_as": _measured_as,
        "metric_lost": _metric_lost,
        "onset": _onset,
        "open_break": lambda facts: open_break(facts.history),
        "remaining": _share("remaining-share"),
        "return_to": lambda facts: return_to(facts.history),
        "rise": _rise,
        "rise_in_noise": _rise_in_noise,
        "spiked": lambda facts: spoken(spiking_curve(facts.history), "training loss"),
        "stepped": lambda facts: spoken(calm_curve(facts.history), "training loss"),
        "stray": _stray,
        "train": lambda facts: spoken(facts.history.train, "training loss"),
        "val": lambda facts: spoken(facts.history.val, "validation loss"),
        "visible": _visible,
        "wasted": _wasted,
    }
)


def _validation_turns(history: History) -> Onset | None:
    return onset(history.val) if history.val else None


def _training_breaks(history: History) -> Onset | None:
    first = breakdown(history)
    if first is not None:
        return Onset(epoch=first, low=first, high=first)
    return onset(history.train) if history.train else None


BEGINNINGS: Mapping[str, Callable[[History], Onset | None]] = MappingProxyType(
    {**DYNAMICS_BEGIN, "validation turns": _validation_turns, "training breaks": _training_breaks}
)
