# SPDX-License-Identifier: Apache-2.0
"""Training loss in train mode against evaluation mode, and how far a logged training loss can be trusted."""

from dataclasses import replace
from functools import lru_cache
from math import expm1, inf, isfinite, nan, sqrt

from goodfit.measures._interval import noise_sd
from goodfit.measures._pairs import Pair, Triple, pair_of
from goodfit.measures._shape import measured, shape_of
from goodfit.measures.comparison import lag_of_mean
from goodfit.measures.fit import remaining_share
from goodfit.values import Curve, History, MeasuredAs, Measurement

# A loss below a fiftieth of where it started is fitted; doubling there is nothing that anybody could notice.
_FITTED = 0.02
# The largest dropout rate in common use for hidden layers (Srivastava 2014), and the upper ends of what is common for
# weight decay: 1e-4 to 1e-2 in the gradient, 1e-2 to 1e-1 decoupled from it (Loshchilov and Hutter 2019).
_USUAL_RATE, _USUAL_DECAY, _USUAL_DECOUPLED = 0.5, 0.01, 0.1
_DECOUPLED = frozenset({"adamw", "lion", "nadamw", "sgdw", "lamb", "muon"})
# Relative to a level below a tenth of the start, the scatter of any fitted loss is large.
_LEAST_LEVEL = 0.1


def has_both_modes_or_dropout(history: History) -> bool:
    """Whether training was logged in both modes, or in train mode by a network that is known to have dropout."""
    logged = history.curves.get("train_loss")
    if logged is None or not len(logged):
        return False
    dropout = any(history.context.dropout_rates or ()) and logged.measured_as is not MeasuredAs.EVAL_MODE
    return dropout or "train_loss_eval" in history.curves


def shows_regularisation(history: History) -> bool:
    """Whether the strength of regularisation can be seen: from the settings, or from what train mode costs."""
    return regularisation_strength(history) is not None or has_both_modes_or_dropout(history)


def regularisation_strength(history: History) -> Measurement | None:
    """The strongest known setting as a multiple of what is usual; None when neither rates nor decay are known.

    Dropout counts in units of a rate of one half, the largest common one; weight decay in units of 0.01 where the
    gradient carries it (Adam, SGD), and of 0.1 where it is decoupled from the gradient (AdamW and others).
    """
    facts = history.context
    found = [rate / _USUAL_RATE for rate in facts.dropout_rates or ()]
    if facts.weight_decay is not None:
        decoupled = (facts.optimizer or "").lower() in _DECOUPLED
        found.append(facts.weight_decay / (_USUAL_DECOUPLED if decoupled else _USUAL_DECAY))
    if not found:
        return None
    return Measurement.exact("regularisation-strength", max(found), unit="times")


def train_mode_excess(history: History) -> Measurement | None:
    """How far training in train mode lies above evaluation mode over the later half, as a share of the latter.

    Without `train_loss_eval` validation stands in for it: it can only lie higher, so the excess is at least that.
    """
    logged = history.curves.get("train_loss")
    other = history.curves.get("train_loss_eval") or history.val
    pair = pair_of(other, logged)
    return None if pair is None else pair.measured("train-mode-excess", _excess(pair), "share")


def eval_mode_excess(history: History) -> Measurement | None:
    """How far training in evaluation mode lies above train mode over the later half.

    As a share of the loss in train mode, or of a fiftieth of its first value where it is below that.
    """
    pair = pair_of(history.curves.get("train_loss"), history.curves.get("train_loss_eval"))
    if pair is None:
        return None
    level = float(pair.one[pair.half].mean())
    floor = max(_FITTED * float(pair.one[0]) / level, 1.0)
    value, low, high = _excess(pair)
    return pair.measured("eval-mode-excess", (value / floor, low / floor, high / floor), "share")


def left_in_evaluation_mode(history: History) -> Measurement | None:
    """The loss left in evaluation mode as a share of chance level or the start; of validation where not logged."""
    if "train_loss_eval" in history.curves or history.val is None:
        found = remaining_share(history)
    else:
        found = remaining_share(replace(history, curves={"train_loss": history.val}))
    return found and replace(found, name="left-in-evaluation-mode")


def training_blur(history: History) -> Measurement | None:
    """How far the logged training loss may lie from the one in evaluation mode, as a share of it.

    Exact where the way of measuring says it: 0 in evaluation mode, 1 (nothing can be said) for a last batch, a running
    mean or an epoch mean under dropout. An epoch mean without dropout is blurred by the fall within an epoch. A NaN
    interval where nobody said how it was measured. None without a training loss.
    """
    curve = history.train
    shape = shape_of(curve) if curve else None
    if curve is None or shape is None:
        return None
    rates = history.context.dropout_rates
    if curve.measured_as is MeasuredAs.EVAL_MODE or "train_loss_eval" in history.curves:
        triple = (0.0, 0.0, 0.0)
    elif curve.measured_as in (MeasuredAs.LAST_BATCH, MeasuredAs.SMOOTHED):
        triple = (1.0, 1.0, 1.0)
    elif curve.measured_as is MeasuredAs.EPOCH_MEAN:
        if any(rates or ()):
            return measured("training-blur", shape, (1.0, 1.0, 1.0), "share")
        lag = lag_of_mean(curve)
        # Where dropout is unknown the mean may lie any distance higher: only a finding is sure.
        return lag if rates is not None else replace(lag, high=max(lag.high, 1.0))
    else:
        triple = (nan, nan, nan)
    return measured("training-blur", shape, triple, "share")


def training_noise_ratio(history: History) -> Measurement | None:
    """Noise of one training point over that of one validation point, both as shares of their level at the end.

    A single batch scatters far more than a pass over a data set. A mean over an epoch is as calm as evaluation mode,
    so a small ratio rules nothing out: the high end is infinite. Levels count as a tenth of the start at least.
    """
    train, val = history.train, history.val
    if train is None or val is None or train.metric != val.metric:
        return None
    seen, unseen = _late_noise(train), _late_noise(val)
    if not isfinite(seen) or not isfinite(unseen) or not unseen:
        return None
    # A standard deviation of n values has a relative standard error of 1 / sqrt(2 n), here from half the points.
    error = 2 * sqrt(1 / len(train) + 1 / len(val))
    return _at_least("noise-ratio", train, seen / unseen, error, "times")


def training_scatter(history: History) -> Measurement | None:
    """Noise of one training point as a share of its level; the high end is infinite, as that of the ratio."""
    if history.train is None:
        return None
    return _at_least(
        "training-scatter", history.train, _late_noise(history.train), 2 / sqrt(len(history.train)), "share"
    )


def _at_least(name: str, curve: Curve, value: float, error: float, unit: str) -> Measurement:
    found = measured(name, shape_of(curve), (value, value / (1 + error), value), unit)
    return replace(found, high=inf) if isfinite(found.low) else found


@lru_cache(maxsize=16)
def _late_noise(curve: Curve) -> float:
    shape = shape_of(curve)
    if shape is None or not isfinite(shape.noise):
        return nan
    late = shape.cost[shape.n // 2 :]
    level = max(abs(float(late.mean())), _LEAST_LEVEL * abs(shape.start))
    return noise_sd(late) / level if level else nan


def _excess(pair: Pair) -> Triple:
    value, low, high = pair.late_log_ratio
    return expm1(value), expm1(low), expm1(high)
