# SPDX-License-Identifier: Apache-2.0
"""The timeline of a run: both curves fall, validation turns, the gap opens, validation is far above training."""

from math import hypot, isfinite

import numpy as np

from goodfit.measures._interval import Floats, half_width
from goodfit.measures._shape import Shape, shape_of
from goodfit.measures.minimum import indistinct, onset, onset_span, rise_after_minimum, settled
from goodfit.values import Curve, Goal, History, Phase

BOTH_FALL = "both losses fall"
BOTH_IMPROVE = "both improve"  # of a metric to maximise
TURNS = "validation turns"
GAP_OPENS = "the gap opens"
FAR_ABOVE = "validation far above training"
FAR_BEHIND = "validation far behind training"  # of a metric to maximise

# Validation is far above training when it is at least double: (validation - training) / |validation|.
_FAR = 0.5
# A gap has opened when it is wider than before by a twentieth of the validation level, and by more than its noise.
_OPENED = 0.05
# Changes smaller than this share are rounding: float arithmetic leaves about 1e-16 of a value behind.
_ROUNDING = 1e-9
_PERCENT = 100.0


def phases(history: History) -> tuple[Phase, ...]:
    """The four phases in order, each with the x at which it starts and ends, or None when not reached.

    Training and validation are compared by x. With one of them missing, `note` says what cannot be seen.
    """
    train, val = history.train, history.val
    seen = shape_of(train) if train else None
    unseen = shape_of(val) if val else None
    if val is None or unseen is None:
        return _without_validation(train, seen, val)
    maximised = val.goal is Goal.MAXIMIZE
    both = _both_fall(BOTH_IMPROVE if maximised else BOTH_FALL, (train, seen), (val, unseen))
    turns = _turns(val, unseen)
    far = _far_above(FAR_BEHIND if maximised else FAR_ABOVE, train, val, seen, unseen)
    since = next((x for x in (both.end, turns.start) if x is not None), float(unseen.x[0]))
    opens = _gap_opens(train, val, seen, unseen, since)
    if far.start is not None and (opens.start is None or far.start < opens.start):
        opens = Phase(name=GAP_OPENS, start=far.start, end=far.end)
    return both, turns, opens, far


def _without_validation(train: Curve | None, seen: Shape | None, val: Curve | None) -> tuple[Phase, ...]:
    note = (
        "cannot be seen: no validation curve"
        if val is None
        else "cannot be seen: validation has no usable value"
    )
    maximised = train is not None and train.goal is Goal.MAXIMIZE
    both = BOTH_IMPROVE if maximised else BOTH_FALL
    names = (TURNS, GAP_OPENS, FAR_BEHIND if maximised else FAR_ABOVE)
    later = tuple(Phase(name=name, note=note) for name in names)
    if train is None or seen is None:
        nothing = "no curve" if train is None and val is None else "no usable value"
        return (Phase(name=both, note=f"cannot be seen: {nothing}"), *later)
    fall = _falling(train, seen)
    start, end = fall or (None, None)
    return (Phase(name=both, start=start, end=end, note="training only"), *later)


def _rises(curve: Curve) -> bool:
    """Whether it can be told that a curve got worse after its minimum."""
    return rise_after_minimum(curve).low > _PERCENT * _ROUNDING


def _falling(curve: Curve, shape: Shape) -> tuple[float, float] | None:
    """First x, and the x up to which the curve fell; None when it fell by no more than noise or rounding.

    It fell up to its minimum when it rises from there; else up to where its level can no longer be told from it.
    """
    noise = 0.0
    if shape.noise >= 0:
        noise = hypot(half_width(shape.noise, 1, shape.n - 1), shape.mean_error) + shape.bias
    least = max(noise, _ROUNDING * max(abs(shape.start), abs(shape.minimum)))
    if shape.best == 0 or shape.start - shape.minimum <= least:
        return None
    if _rises(curve):
        return float(shape.x[0]), onset(curve).epoch
    flat = settled(curve)
    still = flat == 0 or shape.best - flat < shape.window  # a window is what smoothing alone blurs
    return float(shape.x[0]), float(shape.x[shape.best if still else flat])


def _both_fall(name: str, seen: tuple[Curve | None, Shape | None], unseen: tuple[Curve, Shape]) -> Phase:
    falls = [_falling(*unseen)]
    train, shape = seen
    if train is not None and shape is not None:
        falls.append(_falling(train, shape))
    note = "" if shape else "validation only"
    known = [fall for fall in falls if fall is not None]
    if len(known) < len(falls):
        return Phase(name=name, note=note)
    return Phase(
        name=name, start=max(start for start, _ in known), end=min(end for _, end in known), note=note
    )


def _turns(val: Curve, unseen: Shape) -> Phase:
    """Validation turns where its minimum is, if it can be told that it rose afterwards."""
    if unseen.broken:
        return Phase(name=TURNS, note="cannot be seen: validation is not finite")
    if not unseen.noise >= 0:
        return Phase(name=TURNS, note="cannot be seen: too few points")
    if not _rises(val):
        first, last = indistinct(val)
        if last == unseen.n - 1:
            return Phase(name=TURNS)
        return Phase(name=TURNS, note=f"flat since {val.axis} {unseen.x[first]:g}")
    found = onset(val)
    low, high = onset_span(val)
    note = f"between {low:.9g} and {high:.9g}" if isfinite(low) else ""
    return Phase(name=TURNS, start=found.epoch, end=found.epoch, note=note)


def _not_comparable(train: Curve | None, val: Curve, seen: Shape | None) -> str:
    """Why the two curves have no gap; empty when they have one."""
    if train is None:
        return "cannot be seen: no training curve"
    if train.metric != val.metric:
        return f"cannot be seen: {val.metric} and {train.metric} cannot be compared"
    return "" if seen else "cannot be seen: training has no usable value"


def _gap_opens(train: Curve | None, val: Curve, seen: Shape | None, unseen: Shape, since: float) -> Phase:
    """From the first x after which the gap stays wider than it was at `since`: a constant gap never opens."""
    note = _not_comparable(train, val, seen)
    if note or seen is None:
        return Phase(name=GAP_OPENS, note=note)
    difference = _difference(seen, unseen)
    before = float(difference[int(np.argmin(np.abs(unseen.x - since)))])
    error = float(np.nan_to_num(np.hypot(seen.mean_error, unseen.mean_error)))
    excess = difference - before - np.maximum(error, _OPENED * _levels(unseen))
    excess[unseen.x <= since] = -1.0
    return _lasting(GAP_OPENS, unseen, excess)


def _far_above(name: str, train: Curve | None, val: Curve, seen: Shape | None, unseen: Shape) -> Phase:
    note = _not_comparable(train, val, seen)
    if note or seen is None:
        return Phase(name=name, note=note)
    return _lasting(name, unseen, _difference(seen, unseen) - _FAR * _levels(unseen))


def _levels(unseen: Shape) -> Floats:
    """What the gap is relative to at each x: the validation level, or the whole fall when it changes sign."""
    if unseen.crosses:
        return np.full(unseen.n, unseen.unit(0.0))
    return np.abs(unseen.smooth)


def _difference(seen: Shape, unseen: Shape) -> Floats:
    """Smoothed validation minus smoothed training at validation's x, training drawn straight in between."""
    return np.asarray(unseen.smooth - np.interp(unseen.x, seen.x, seen.smooth), dtype=np.float64)


def _lasting(name: str, unseen: Shape, excess: Floats) -> Phase:
    """A phase from the first x after which `excess` stays above zero to the end of the run."""
    short = np.flatnonzero(excess <= 0)
    start = int(short[-1]) + 1 if len(short) else 0
    if start >= unseen.n:
        return Phase(name=name)
    return Phase(name=name, start=float(unseen.x[start]), end=float(unseen.x[-1]))
