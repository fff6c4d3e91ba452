# SPDX-License-Identifier: Apache-2.0
"""Sentence fields of the rules that compare the two losses, or one loss measured in two ways."""

from collections.abc import Callable, Mapping
from math import isnan
from types import MappingProxyType
from typing import TYPE_CHECKING

from goodfit.measures.comparison import below_without_lag
from goodfit.measures.gap import level
from goodfit.measures.held_out import counted_metric, held_out_pair
from goodfit.measures.minimum import onset
from goodfit.rules._percents import percent
from goodfit.values import Curve, Goal, MeasuredAs

if TYPE_CHECKING:
    from goodfit.rules._facts import Facts

# A difference below it is not worth a word: the threshold of GF104.
_SMALL = 0.05


def _share(name: str) -> Callable[["Facts"], str]:
    return lambda facts: percent(facts.value(name))


def _times(name: str) -> Callable[["Facts"], str]:
    return lambda facts: f"{facts.value(name):.3g}"


def _level(curve: Curve, at: float | None = None) -> float:
    cost = level(curve, at).value
    return -cost if curve.goal is Goal.MAXIMIZE else cost


def _metric_moved(facts: "Facts") -> str:
    """What the metric that GF103 judges by did since the loss turned."""
    loss, metric = facts.history.val, counted_metric(facts.history)
    if loss is None or metric is None or not len(metric):
        return "the validation metric was not logged"
    then, now = _level(metric, onset(loss).epoch), _level(metric)
    return f"validation {metric.metric} went from {then:.4g} to {now:.4g}"


def _lag(facts: "Facts") -> str:
    """Whether half an epoch's lag explains why validation lies below; only where training may be an epoch's mean."""
    train = facts.history.train
    if train is None or train.measured_as not in (MeasuredAs.EPOCH_MEAN, MeasuredAs.UNKNOWN):
        return ""
    left = below_without_lag(facts.history)
    if isnan(left) or left > _SMALL:
        return ""
    mean = "A" if train.measured_as is MeasuredAs.UNKNOWN else "The"
    return (
        f" {mean} mean over each epoch lags half an epoch behind: with training moved half an epoch to the left the"
        f" difference is {percent(max(left, 0.0))}, so that explains it."
    )


def _test_against(facts: "Facts") -> str:
    """Test and validation at the end, in the metric's own unit."""
    found = held_out_pair(facts.history)
    if found is None:
        return "no test curve was logged"
    test, val = found
    return f"test {test.metric} is {_level(test):.4g} where validation {val.metric} is {_level(val):.4g}"


def _how_measured(facts: "Facts") -> str:
    train = facts.history.train
    if train is None or train.measured_as is MeasuredAs.UNKNOWN:
        return "in a way that the log does not say"
    return f"as {train.measured_as.value}"


def _blur_size(facts: "Facts") -> str:
    """What is known of the size of the blur."""
    train, blur = facts.history.train, facts.value("training-blur")
    if train is None:
        return ""
    if train.measured_as is MeasuredAs.UNKNOWN:
        return (
            f" Its single points scatter by {percent(facts.value('training-scatter'))},"
            f" {facts.value('noise-ratio'):.2g} times as much as validation: that is how single batches look."
        )
    if train.measured_as is MeasuredAs.EPOCH_MEAN and blur < 1:
        return f" In the later half the loss falls by {percent(blur)} within half an epoch."
    return " How far it lies from the loss in evaluation mode cannot be told from it."


def _stand_in(facts: "Facts") -> str:
    """That validation had to stand for training in evaluation mode."""
    if "train_loss_eval" in facts.history.curves:
        return "the same training data in evaluation mode"
    rates = ", ".join(f"{rate:g}" for rate in facts.history.context.dropout_rates or ())
    return f"validation, which stands in for evaluation mode (dropout rates {rates})"


def _held_back(facts: "Facts") -> str:
    """What says that regularisation is strong or mild: a setting, or what train mode costs."""
    if isnan(facts.value("regularisation-strength")):
        return f"training loss in train mode lies {percent(facts.value('train-mode-excess'))} above {_stand_in(facts)}"
    context = facts.history.context
    rates = ", ".join(f"{rate:g}" for rate in context.dropout_rates or ())
    decay = context.weight_decay
    said = [
        *([f"dropout at {rates}"] if rates else []),
        *([f"a weight decay of {decay:g}"] if decay else []),
    ]
    return (
        f"the run was regularised with {' and '.join(said)}"
        if said
        else "the run had no dropout and no weight decay"
    )


def _behind_since_start(facts: "Facts") -> str:
    """How much of the distance of test opened along the way, where it was logged there."""
    value = facts.value("behind-since-start")
    return "" if isnan(value) else f", {percent(min(value, 1.0))} of which opened after the first evaluation"


FACTS_OF_COMPARISON: Mapping[str, Callable[["Facts"], str]] = MappingProxyType(
    {
        "behind_since_start": _behind_since_start,
        "below": _share("validation-below-training"),
        "blur": _share("training-blur"),
        "blur_size": _blur_size,
        "closing": _share("gap-closing"),
        "common_fall": _share("fall-of-both"),
        "drift": _share("ratio-drift"),
        "eval_excess": _share("eval-mode-excess"),
        "gap_at_start": _share("gap-at-start"),
        "held_back": _held_back,
        "how_measured": _how_measured,
        "lag": _lag,
        "left_by_validation": _share("validation-left"),
        "left_in_evaluation": _share("left-in-evaluation-mode"),
        "metric_moved": _metric_moved,
        "mode_excess": _share("train-mode-excess"),
        "noise_times": _times("noise-ratio"),
        "ratio": _times("loss-ratio"),
        "scatter": _share("training-scatter"),
        "stand_in": _stand_in,
        "test_against": _test_against,
        "test_behind": _share("test-behind-validation"),
        "training_over": _times("training-over-validation"),
    }
)
