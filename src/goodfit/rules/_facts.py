# SPDX-License-Identifier: Apache-2.0
"""The numbers that a rule's sentences may name, worked out only when a sentence names them.

A template such as "has risen by {rise} since {onset}" is filled from `FACTS`; whole sentences that apply only to
some histories, such as `{metric_lost}`, are empty for the others.
"""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite, isnan, nan
from types import MappingProxyType

from goodfit.measures import (
    best_evaluation,
    breakdown,
    level,
    noise,
    onset,
    rise_after_minimum,
    smallest_visible_rise,
)
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
    return f"{curve.axis.value if curve else 'epoch'} {x:g}"


def spoken(curve: Curve | None, fallback: str) -> str:
    """A curve as words: "validation loss"."""
    if curve is None:
        return fallback
    return f"{'training' if curve.split is Split.TRAIN else curve.split.value} {curve.metric}"


def _percent(value: float) -> str:
    if isnan(value):
        return "an unknown share"
    return f"{value:.1f} %" if abs(value) < 10 else f"{value:.0f} %"  # noqa: PLR2004 - digits shown only


def _share(name: str) -> Callable[[Facts], str]:
    return lambda facts: _percent(100 * facts.value(name))


def _onset(facts: Facts) -> str:
    val = facts.history.val
    if val is None:
        return "an unknown epoch"
    found = onset(val)
    spread = "" if isnan(found.low) else f" (between {found.low:g} and {found.high:g})"
    return moment(val, found.epoch) + spread


def _keep(facts: Facts) -> str:
    val = facts.history.val
    return moment(val, best_evaluation(val)) if val else "the best epoch"


def _rise(facts: Facts) -> str:
    val = facts.history.val
    return _percent(rise_after_minimum(val).value) if val else "an unknown share"


def _visible(facts: Facts) -> str:
    val = facts.history.val
    return _percent(smallest_visible_rise(val).value) if val else "an unknown share"


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
    return _percent(100 * (val.x[-1] - onset(val).epoch) / span)


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
        " meanwhile was not logged."
    )


def _broke(facts: Facts) -> str:
    """How training was lost: a curve became NaN, or the loss rose again."""
    history = facts.history
    first = breakdown(history)
    if first is None:
        return (
            f"Training lost {_share('lost-share')(facts)} of what it had gained, after {_train_best(facts)}"
        )
    return f"A curve became NaN or infinite at {moment(history.train or history.val, first)}"


def _broke_at(facts: Facts) -> str:
    history = facts.history
    first = breakdown(history)
    return _train_best(facts) if first is None else moment(history.train or history.val, first)


def _train_best(facts: Facts) -> str:
    train = facts.history.train
    return moment(train, onset(train).epoch) if train else "its best"


def _counts(facts: Facts) -> str:
    """How many points each curve to judge by has."""
    listed = (("training", facts.history.train), ("validation", facts.history.val))
    known = [f"{len(curve)} {name}" for name, curve in listed if curve is not None]
    return " and ".join(known) + " points"


FACTS: Mapping[str, Callable[[Facts], str]] = MappingProxyType(
    {
        "alone": _alone,
        "broke": _broke,
        "broke_at": _broke_at,
        "counts": _counts,
        "gap": _share("gap"),
        "keep": _keep,
        "late": lambda facts: _percent(-100 * facts.value("late-change")),
        "learned": _share("learned-share"),
        "lost": _share("lost-share"),
        "measured_as": _measured_as,
        "metric_lost": _metric_lost,
        "onset": _onset,
        "remaining": _share("remaining-share"),
        "rise": _rise,
        "rise_in_noise": _rise_in_noise,
        "train": lambda facts: spoken(facts.history.train, "training loss"),
        "train_best": _train_best,
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
    {"validation turns": _validation_turns, "training breaks": _training_breaks}
)
