# SPDX-License-Identifier: Apache-2.0
"""From what was measured on the test set to the codes truly present. goodfit itself is never asked.

A finding about the fit is present when the whole 95 % interval lies beyond its bound, absent when it lies wholly short
of it, and in between it is allowed: neither asked for nor a mistake. A built-in fault counts only when its effect is
seen in the curves; else the case is ambiguous: kept, counted, not scored.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from trainings_effects import EFFECTS

RISE = 0.02  # of the test loss over its best window: the rulebook's own definition of overfitting
FALLING = 0.01  # of training loss since the best window: less, and training has stopped
GAIN = 0.01  # of the test loss by half as many epochs again: smaller gains are within a second seed's reach
HEALTHY = (
    0.03  # a run is well set when no other setting lowers its test loss by more; a usual seed-to-seed spread
)
LARGE = (
    0.10,
    0.10,
)  # training loss lowered by a tenth of chance, test loss by a tenth: far more was possible
FEWER = (
    0.05  # of the wrong answers gone while the loss rises: the rulebook's own definition of overconfidence
)
# Training loss left, as a share of chance, around one half, the definition of underfitting on curves: below it they
# cannot tell a network that is too small from a task that leaves as much.
LEFT = (0.45, 0.55)
STANDING = (0.45, 0.55)  # gap / validation around one half, the definition of a standing gap
FEW_POINTS, MANY_POINTS = (
    50,
    1000,
)  # validation examples: an error rate is known to 7 points below, to 1.5 above


@dataclass(slots=True)
class Label:
    """What is true of one training, what may be said beside it, and why."""

    present: set[str] = field(default_factory=set)
    allowed: set[str] = field(default_factory=set)
    ambiguous: list[str] = field(default_factory=list)  # why this case is not scored
    reasons: list[str] = field(default_factory=list)

    def judge(self, code: str, interval: list[float], bound: float, why: str) -> None:
        """Hold an interval against a bound, above which the code is true."""
        value, low, high = interval
        said = f"{why} {value:+.3f} [{low:+.3f}, {high:+.3f}] against {bound:+.3f}"
        if low > bound:
            self.present.add(code)
            self.reasons.append(f"{code}: {said}")
        elif high > bound:
            self.allowed.add(code)
            self.reasons.append(f"{code} allowed: {said}")
        else:
            self.reasons.append(f"not {code}: {said}")


def label(record: dict[str, Any]) -> Label:
    """The truth about one training."""
    plan, measured, curves = record["plan"], record["measured"], record["curves"]
    found = Label(allowed=_remarks(plan, measured, curves))
    found.allowed |= set(plan["excuses"])
    if measured["finite"]:
        _fit(found, plan, measured, curves)
        if plan["interventions"]:
            _improvable(found, measured)
    for code in plan["claims"]:
        happened, why = EFFECTS[code](record)
        found.reasons.append(f"{code} built in ({plan['fault'] or plan['recipe']}): {why}")
        if happened:
            found.present.add(code)
            found.allowed.discard(code)
        else:
            found.allowed.add(code)
            if code != "GF304":  # a step of the rate without effect leaves a run like any other
                found.ambiguous.append(f"the fault's effect did not show: {why}")
    _excuse(found, plan)
    if not found.present and not found.ambiguous:
        _open(found, plan)
    return found


def _open(found: Label, plan: dict[str, Any]) -> None:
    """Nothing was found: that is a healthy run only if it was looked for, and nothing was left open."""
    left = sorted(found.allowed & {"GF101", "GF202"})
    if not plan["interventions"]:
        found.ambiguous.append("no finding, and no intervention was tried that could show a healthy run")
    elif left:
        found.ambiguous.append(f"no finding, but the intervals leave {' and '.join(left)} open")


def _excuse(found: Label, plan: dict[str, Any]) -> None:
    """Where a fault makes the curves say little about the fit, a finding on the fit is allowed, not asked for."""
    excused = found.present & set(plan["excuses"])
    found.present -= excused
    found.allowed |= excused
    found.allowed -= found.present


def _fit(
    found: Label, plan: dict[str, Any], measured: dict[str, Any], curves: dict[str, list[float]]
) -> None:
    """Overfitting, overconfidence, standing gap, still improving: from the test losses of single examples."""
    falling = measured["train_fall_since_best"] > FALLING
    if falling:
        found.judge("GF101", measured["rise"], RISE, "test loss, last window against the best,")
        _unlucky(found, curves)
    elif measured["rise"][2] > RISE:
        found.allowed.add("GF101")
    if "GF101" in found.present | found.allowed:
        _confident(found, plan, measured, curves)
    if measured["rise"][0] < 0.05:  # from there on a rise rules a standing gap out
        _gap(found, measured, curves)
        if measured["rise"][2] > 0.05 and "GF102" in found.present:  # it may have risen by as much
            found.present.remove("GF102")
            found.allowed.add("GF102")
    continued = measured["continued"]
    if continued and "GF101" not in found.present:
        value, low, high = continued
        found.judge("GF202", [-value, -high, -low], GAIN, "test loss gained by half as many epochs again")
    rise, fall = measured["second_descent"]
    if min(rise, fall) > 0.03:
        found.allowed.add("GF107")
    if min(rise, fall) > 0.10 and plan["recipe"] == "noisy-wide":
        found.reasons.append(f"GF107 possible: rose by {rise:.2f}, fell again by {fall:.2f}")
    if curves["val_loss"][-1] < curves["train_loss"][-1]:
        found.allowed.add("GF104")


def _unlucky(found: Label, curves: dict[str, list[float]]) -> None:
    """A best window that was chosen on the test set is a lucky one: the one that validation chose must be better too."""
    test, val = curves["test_loss"], curves["val_loss"]
    width = max(1, min(3, len(val) // 6))
    windows = range(width, len(val) + 1)
    best = min(windows, key=lambda end: fmean(val[end - width : end]))
    risen = fmean(test[-width:]) / fmean(test[best - width : best]) - 1
    if "GF101" in found.present and risen <= RISE:
        found.present.remove("GF101")
        found.allowed.add("GF101")
        found.reasons.append(
            f"GF101 allowed: test has risen by {risen:+.3f} since the best window of validation"
        )


def _confident(
    found: Label, plan: dict[str, Any], measured: dict[str, Any], curves: dict[str, list[float]]
) -> None:
    """The loss rises: has a twentieth of the wrong answers gone meanwhile?"""
    if plan["data"].startswith(("table", "ratings")):
        return
    answers, best = curves["val_accuracy"], measured["best"]
    width = max(1, min(3, len(answers) // 6))
    wrong = max(1 - fmean(answers[max(best - width, 0) : best]), 1e-9)
    value, low, high = (each / wrong for each in measured["error_rise"])
    # As a gap: there on the test set, and in what was logged, beyond what so few examples let vary.
    logged = (1 - fmean(answers[-width:])) / wrong - 1
    sample = 1.96 * (max(1 - wrong, 0.0) / wrong / plan["validation_size"]) ** 0.5
    said = (
        f"test errors, last window against the best by loss, {value:+.3f} of them [{low:+.3f}, {high:+.3f}]"
    )
    if max(high, logged + sample) < -FEWER and "GF101" in found.present:
        found.present.add("GF103")
        found.allowed.add("GF101")  # the more special name may replace the general one
        found.reasons.append(f"GF103: {said}")
    elif low <= -FEWER:
        found.allowed.add("GF103")
        found.reasons.append(f"GF103 allowed: {said}")


def _gap(found: Label, measured: dict[str, Any], curves: dict[str, list[float]]) -> None:
    """A standing gap is defined on the curves: it must be there on the test set, and in what was logged."""
    low, high = STANDING
    ends = {name: fmean(curves[name][-3:]) for name in ("train_loss", "val_loss")}
    gaps = (measured["gap"], (ends["val_loss"] - ends["train_loss"]) / ends["val_loss"])
    said = f"gap {gaps[0]:.2f} of the test loss, {gaps[1]:.2f} as logged"
    if min(gaps) > high:
        found.present.add("GF102")
        found.reasons.append(f"GF102: {said}")
    elif max(gaps) > low:
        found.allowed.add("GF102")
        found.reasons.append(f"GF102 allowed: {said}")


def _improvable(found: Label, measured: dict[str, Any]) -> None:
    """Underfitting and over-regularised by intervention; what no intervention improves is well set."""
    gains = {name: effect["test"] for name, effect in measured["interventions"].items() if effect["test"]}
    trains = {name: effect["train"] for name, effect in measured["interventions"].items() if effect["test"]}
    for name, (value, low, high) in gains.items():
        found.reasons.append(
            f"{name}: test {value:+.3f} [{low:+.3f}, {high:+.3f}], training {trains[name]:+.3f}"
        )
    stopped = measured["continued_train"] > -0.05
    left = measured["train_last"] / measured["chance"]
    far = {name for name, gain in gains.items() if gain[2] < -LARGE[1] and -trains[name] * left > LARGE[0]}
    if far & {"no regularisation", "half the dropout"} and stopped:
        found.present.add("GF204")
        found.allowed |= {"GF201", "GF205", "GF104"}
    elif "bigger" in far and stopped and not found.present & {"GF101", "GF202"}:
        _underfits(found, left)
        found.allowed |= {"GF204", "GF205"} if "no regularisation" in gains else {"GF205"}
    elif "bigger" in far and gains["bigger"][2] < -LARGE[1] - measured["rise"][2]:
        found.allowed |= {"GF201"}  # better than our best checkpoint, too
    elif far and stopped and "GF101" not in found.present:
        found.allowed |= {"GF201", "GF204", "GF205"}
    named = found.present & {"GF101", "GF102", "GF103", "GF201", "GF202", "GF204"}
    best = min(gains, key=lambda name: gains[name][0], default=None)
    if named or best is None:
        return
    better = {name: gain for name, gain in gains.items() if gain[2] < -HEALTHY}
    if better:
        first = min(better, key=lambda name: better[name][0])
        found.ambiguous.append(f"no finding, yet {first} lowers the test loss by {-better[first][0]:.0%}")
    else:
        found.reasons.append(
            "healthy: no intervention improves the test loss by more than 3 % beyond its interval"
        )


def _underfits(found: Label, left: float) -> None:
    """A bigger network is better by far: underfitting, if the curves can show it."""
    if left > LEFT[1]:
        found.present.add("GF201")
        found.reasons.append(f"GF201: {left:.2f} of chance is left, and a bigger network is better by far")
        return
    found.allowed.add("GF201")
    if not found.present:
        found.ambiguous.append(
            f"a bigger network is better by far, but only {left:.2f} of chance is left to see it by"
        )


def _remarks(plan: dict[str, Any], measured: dict[str, Any], curves: dict[str, list[float]]) -> set[str]:
    """Notes on the evidence that are true of many runs, or a matter of taste."""
    allowed = set[str]()
    if not plan["train_as"].startswith("evaluation") or not plan["measured_said"]:
        allowed.add("GF403")
    if plan["validation_size"] < MANY_POINTS:
        allowed.add("GF404")
    if plan["train_size"] <= 2 * MANY_POINTS:
        allowed.add("GF405")
    if plan["validation_size"] <= 3 * FEW_POINTS or _scatter(curves["val_loss"]) > 0.03:
        allowed.add("GF401")
    if plan["schedule"] == "step":
        allowed.add("GF304")
    if measured["evaluations"] < 10:
        allowed.add("GF402")
    return allowed


def _scatter(values: list[float]) -> float:
    """Relative spread of single evaluations around the median of five, over the last three quarters."""
    rest = list(_around(values))
    return (sum(r * r for r in rest) / len(rest)) ** 0.5 if rest else 0.0


def _around(values: list[float]) -> Iterator[float]:
    for i in range(max(2, len(values) // 4), len(values) - 2):
        middle = sorted(values[i - 2 : i + 3])[2]
        yield values[i] / middle - 1 if middle else 0.0
