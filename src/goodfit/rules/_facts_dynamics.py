# SPDX-License-Identifier: Apache-2.0
"""Fields of sentences on the course of a training: spikes, steps, plateaus, restarts; and when they began."""

from collections.abc import Callable, Mapping
from math import isnan, nan
from types import MappingProxyType
from typing import TYPE_CHECKING

from goodfit.measures import (
    calm_curve,
    drop_of,
    hump_of,
    jump_of,
    liveliest_metric,
    plateau_of,
    softmax_floor,
    spikes,
    spiking_curve,
)
from goodfit.rules._percents import percent
from goodfit.rules._shared_dynamics import SPIKE_HEIGHT, SPIKE_IN_NOISE
from goodfit.values import Curve, History, Onset

if TYPE_CHECKING:
    from goodfit.rules._facts import Facts

_NAMED = 3  # spikes that a sentence names


def _percent(name: str) -> "Callable[[Facts], str]":
    return lambda facts: percent(facts.value(name), whole=True)


def _at(curve: Curve | None, x: float) -> str:
    return f"{curve.axis if curve else 'epoch'} {x:.6g}"


def spike_places(history: History) -> tuple[float, ...]:
    """The x of every spike of training that exceeds both thresholds."""
    curve = spiking_curve(history)
    return spikes(curve, SPIKE_HEIGHT.value, SPIKE_IN_NOISE.value) if curve else ()


def _spikes(facts: "Facts") -> str:
    places, curve = spike_places(facts.history), spiking_curve(facts.history)
    named = ", ".join(_at(curve, x) for x in places[:_NAMED])
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return f"{named}{more}"


def _hump(which: str) -> "Callable[[Facts], str]":
    def found(facts: "Facts") -> str:
        val = facts.history.val
        hump = hump_of(val) if val else None
        return _at(val, getattr(hump, which) if hump else nan)

    return found


def _stretch(facts: "Facts") -> str:
    train = facts.history.train
    found = plateau_of(train) if train else None
    if train is None or found is None:
        return "an unknown stretch"
    return f"{_at(train, float(found.shape.x[found.first]))} to {found.shape.x[found.last]:.6g}"


def _step_place(facts: "Facts") -> str:
    curve = calm_curve(facts.history)
    found = drop_of(curve) if curve else None
    return _at(curve, float(found.shape.x[found.at]) if found else nan)


def _jump_place(facts: "Facts") -> str:
    train = facts.history.train
    found = jump_of(train) if train else None
    return _at(train, float(found.shape.x[found.at]) if found else nan)


def _frozen(facts: "Facts") -> str:
    pair = liveliest_metric(facts.history)
    if pair is None:
        return "the metric"
    metric = pair[0]
    split = "training" if metric.split == "train" else metric.split.value
    return f"{split} {metric.metric.replace('_', ' ')} ({metric.values[-1]:.4g})"


def _floor(facts: "Facts") -> str:
    return f"{softmax_floor(facts.history) or nan:.4g}"


def _softmaxes(facts: "Facts") -> str:
    """What ties the level to a second softmax."""
    over = facts.value("over-floor")
    if not isnan(over):
        return f" at {over:.3f} times the floor of two softmaxes"
    distance, right = facts.value("distance-from-answers"), facts.value("right-answers")
    return f" within {distance:.3f} nats of what {right:.0%} right answers leave of a softmax applied twice"


DYNAMICS: "Mapping[str, Callable[[Facts], str]]" = MappingProxyType(
    {
        "change_inside": _percent("change-inside"),
        "fallen_again": _percent("fallen-again"),
        "first_minimum": _hump("first"),
        "floor": _floor,
        "frozen": _frozen,
        "hump_rise": lambda facts: f"{facts.value('rise-between-minima'):.0f} %",
        "hump_top": _hump("top"),
        "jump_back": _percent("jump-back"),
        "jump_place": _jump_place,
        "later_fall": lambda facts: percent(min(facts.value("later-fall"), 1.0), whole=True),
        "loss_movement": _percent("loss-movement"),
        "metric_range": lambda facts: f"{100 * facts.value('metric-range'):.2g} %",
        "softmaxes": _softmaxes,
        "repeat_distance": _percent("distance-from-first-fall"),
        "second_above": lambda facts: f"{facts.value('second-minimum-above-first'):+.1f} %",
        "second_minimum": _hump("second"),
        "spike_height": _percent("spike-height"),
        "spike_in_noise": lambda facts: f"{facts.value('spike-in-noise'):.0f}",
        "spikes": _spikes,
        "step_place": _step_place,
        "step_size": _percent("step-down"),
        "stretch": _stretch,
        "suddenness": _percent("suddenness"),
        "swing_together": lambda facts: f"{facts.value('swings-together'):.2f}",
        "swing_train": _percent("training-swing"),
        "swing_val": _percent("validation-swing"),
        "training_meanwhile": lambda facts: f"{facts.value('training-rise-meanwhile'):+.0f} %",
    }
)


def _exactly(x: float | None) -> Onset | None:
    return None if x is None else Onset(epoch=x, low=x, high=x)


def _top(history: History) -> Onset | None:
    found = hump_of(history.val) if history.val else None
    return Onset(epoch=found.top, low=found.first, high=found.second) if found else None


def _plateau(history: History) -> Onset | None:
    found = plateau_of(history.train) if history.train else None
    return _exactly(float(found.shape.x[found.first]) if found else None)


def _step(history: History) -> Onset | None:
    curve = calm_curve(history)
    found = drop_of(curve) if curve else None
    return _exactly(float(found.shape.x[found.at]) if found else None)


def _jump(history: History) -> Onset | None:
    found = jump_of(history.train) if history.train else None
    return _exactly(float(found.shape.x[found.at]) if found else None)


DYNAMICS_BEGIN: Mapping[str, Callable[[History], Onset | None]] = MappingProxyType(
    {
        "the first spike": lambda history: _exactly(next(iter(spike_places(history)), None)),
        "the jump back": _jump,
        "the plateau begins": _plateau,
        "the second descent": _top,
        "the step down": _step,
    }
)
