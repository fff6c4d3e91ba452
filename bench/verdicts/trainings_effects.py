# SPDX-License-Identifier: Apache-2.0
"""Whether a built-in fault really had its effect: a bound for each, far enough from chance to be no matter of taste."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import exp, log
from statistics import mean, median
from typing import Any

Record = dict[str, Any]
Found = tuple[bool, str]


def _mean(values: list[float], first: int, last: int) -> float:
    return mean(values[max(0, first) : last])


def diverged(record: Record) -> Found:
    """A value that is not finite, or training gave back at least 60 % of what it had gained."""
    if not record["measured"]["finite"]:
        return True, "a loss became NaN or infinite"
    train, chance = record["curves"]["train_loss"], record["measured"]["chance"]
    start, low, end = max(train[0], chance), min(train), _mean(train, -3, len(train))
    if low > 0.9 * chance or low == train[0]:
        return False, f"training never learned: lowest {low:.3g}, chance {chance:.3g}"
    lost = (end - low) / (start - low)
    return lost > 0.6, f"training gave back {lost:.2f} of what it had gained"


def oscillating(record: Record) -> Found:
    """Training swings by more than 15 % around its own trend, and a tenth of the rate is better on the test set."""
    if not record["measured"]["finite"]:
        return False, "not finite"
    values = record["curves"]["train_loss_eval"]
    rest = [values[i] / mean(values[i - 2 : i + 3]) - 1 for i in range(len(values) // 4, len(values) - 2)]
    swing = mean(r * r for r in rest) ** 0.5
    effect = record["measured"]["interventions"].get("rate / 10", {}).get("test")
    gained = effect is not None and effect[2] < 0
    learned = min(values) < 0.9 * record["measured"]["chance"]
    said = (
        f"training swings by {swing:.2f}; a tenth of the rate changes the test loss by {effect and effect[0]}"
    )
    return swing > 0.15 and gained and learned, said


def spiked(record: Record) -> Found:
    """At least one point of a loss stands 50 % above its neighbours and comes back."""
    spikes = 0
    for name in ("train_loss", "val_loss"):
        values = record["curves"][name]
        for i in range(3, len(values) - 2):
            around = median(values[i - 3 : i] + values[i + 1 : i + 4])
            back = min(values[i + 1 : i + 6])
            spikes += values[i] > 1.5 * around and back < 1.25 * around
    return spikes > 0, f"{spikes} points stand half as high again as their neighbours"


def apart_from_start(record: Record) -> Found:
    """Validation lies at least 15 % above training at the very first evaluation, and stays there."""
    val, fitted = record["curves"]["val_loss"], record["curves"]["train_loss_eval"]
    gaps = [(v - t) / abs(v) for v, t in zip(val, fitted, strict=True)]
    return gaps[0] > 0.15 and min(gaps) > 0.1, f"gap of the first evaluation {gaps[0]:.2f}"


def leaked(record: Record) -> Found:
    """Validation ends at least 25 % better than the clean test set."""
    val, test = (_mean(record["curves"][name], -3, 10**6) for name in ("val_loss", "test_loss"))
    return val < 0.75 * test, f"validation ends at {val / test:.2f} of the clean test loss"


def never_moved(record: Record) -> Found:
    """Training stays within 2 % of chance."""
    train, chance = record["curves"]["train_loss_eval"], record["measured"]["chance"]
    learned = 1 - min(train) / max(chance, train[0])
    return learned < 0.02, f"training learned {learned:.3f} of chance level"


def frozen(record: Record) -> Found:
    """The metric has one value while the loss learned."""
    values, loss = record["curves"]["val_accuracy"], record["curves"]["val_loss"]
    learned = 1 - min(loss) / max(loss)
    return len(set(values)) == 1 and learned > 0.1, f"one value of the metric, the loss fell by {learned:.2f}"


def floored(record: Record) -> Found:
    """Training has come 60 % of the way from chance down to the floor of a double softmax, and not below it."""
    classes = record["measured"]["classes"]
    floor, chance = log(1 + (classes - 1) / exp(1)), log(classes)
    share = (chance - record["curves"]["train_loss_eval"][-1]) / (chance - floor)
    return 0.6 < share < 1.01, f"training came {share:.2f} of the way from chance to the floor"


def unlike(record: Record) -> Found:
    """The logged training loss is at least four times the same loss per example."""
    logged, same = record["curves"]["train_loss"][0], record["curves"]["train_loss_eval"][0]
    return logged > 4 * same, f"logged training is {logged / same:.1f} times the loss per example"


def mode_matters(record: Record) -> Found:
    """In evaluation mode the training loss is at least half as high again as in training."""
    same, logged = (_mean(record["curves"][n], -6, 10**6) for n in ("train_loss_eval", "train_loss"))
    return same > 1.5 * logged, f"evaluation mode gives {same / logged:.2f} times the training loss"


def stepped(record: Record) -> Found:
    """At the step of the rate, training falls by 10 % and by 1 % of chance, and by more than just before."""
    rates, train = record["curves"]["learning_rate"], record["curves"]["train_loss"]
    at = next(i for i in range(1, len(rates)) if rates[i] < 0.5 * rates[i - 1])
    before, after = _mean(train, at - 3, at), _mean(train, at, at + 3)
    earlier = _mean(train, at - 6, at - 3)
    fall, usual = 1 - after / before, 1 - before / earlier
    seen = before - after > 0.01 * record["measured"]["chance"]
    return seen and fall > max(
        0.1, 2 * usual
    ), f"training fell by {fall:.2f} at the step, by {usual:.2f} before it"


def began_again(record: Record) -> Found:
    """One evaluation after another, training lost at least half of what it had gained."""
    train = record["curves"]["train_loss_eval"]
    chance = record["measured"]["chance"]
    jump = max(b - a for a, b in pairwise(train))
    share = jump / (max(chance, train[0]) - min(train))
    return share > 0.2, f"the jump at the restart is {share:.2f} of all that was learned"


def stood_still(record: Record) -> Found:
    """Training stays within 2 % for a seventh of the run, and removes a third of what it had after that."""
    train = record["curves"]["train_loss_eval"]
    length = max(4, len(train) // 7)
    flat = [
        at
        for at in range(len(train) - length)
        if max(train[at : at + length]) < 1.02 * min(train[at : at + length])
        and min(train[at + length :]) < 0.67 * train[at]
    ]
    return bool(flat), f"{len(flat)} stretches of {length} evaluations stand still before a fall of a third"


def train_mode_above(record: Record) -> Found:
    """The logged training loss lies at least 10 % above validation over the later half, in evaluation mode below it."""
    half = len(record["x"]) // 2
    logged, val, same = (
        mean(record["curves"][n][half:]) for n in ("train_loss", "val_loss", "train_loss_eval")
    )
    return logged > 1.1 * val and same < val, f"logged training is {logged / val:.2f} times validation"


def _given(what: Callable[[Record], bool], said: str) -> Callable[[Record], Found]:
    return lambda record: (what(record), said)


EFFECTS: Mapping[str, Callable[[Record], Found]] = {
    "GF104": train_mode_above,
    "GF105": apart_from_start,
    "GF106": leaked,
    "GF203": never_moved,
    "GF205": stood_still,
    "GF206": frozen,
    "GF207": floored,
    "GF301": diverged,
    "GF302": oscillating,
    "GF303": spiked,
    "GF304": stepped,
    "GF402": _given(lambda r: len(r["x"]) <= 5, "at most five evaluations"),
    "GF404": _given(lambda r: r["plan"]["validation_size"] <= 50, "at most 50 validation examples"),
    "GF406": began_again,
    "GF407": unlike,
    "GF408": mode_matters,
    "GF409": _given(lambda r: r["plan"]["epochs"] == 1, "each example was seen once"),
}
