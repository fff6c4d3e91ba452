# SPDX-License-Identifier: Apache-2.0
"""Where training ended: is there a way down from there, along the gradient or along negative curvature?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from goodfit.probes._intervals import around, standard_error
from goodfit.probes._lab import Indices, Lab, Losses
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.probes._surface import Slope, Surface
from goodfit.values import Evidence, Grade, Measurement, Outcome, Severity, Source, Threshold

EXAMPLES = 512  # of training; half find the directions, the other half measure
FEWEST = 8
HALVES = 2
RANDOM = 3  # random directions beside, for comparison
LENGTHS = tuple(4.0**-k for k in range(7))  # of the steps tried, relative to the weights: 1 to 1/4096

FALL = Threshold(
    name="fall of the training loss within reach",
    value=2.0,
    unit="% of the initial loss",
    because=(
        "A convention of ours: a loss that one straight step lowers by a fiftieth of where it began has not come to rest; "
        "at a minimum there is no such step."
    ),
)


class PlateauSlope(Probe):
    """The loss surface around the last checkpoint."""

    name = "plateau-slope"
    question = "Is there still a way down from where the training ended?"
    summary = "Measures gradient, curvature and the fall of the training loss along single straight steps from the last checkpoint."
    definition = (
        "Training loss on at most 512 examples in evaluation mode. g: mean gradient, its noise the standard error over "
        "8 batches; curvature: extreme eigenvalues of the Hessian by at most 20 Lanczos steps. Steps of 1 to 1/4096 of the "
        "norm of the weights along -g, both ways along the direction v of smallest curvature, and 3 random ones. g, v and the "
        "step are chosen on one half (the gradient's step where it leads down far enough, else the best of all); the fall is mean(before - after) on the other, over the initial loss, "
        "with the 90 % interval of a paired mean."
    )
    why = (
        "A flat curve may be a minimum, where only another model or other data help, or a place where the optimiser is stuck: "
        "a rate too low for a slope that is there, or a saddle, where the gradient vanishes and a way down is left."
    )
    limits = (
        "A few straight steps: a curved way down is missed, and so is one along a negative curvature that 20 products do not show.",
        "It is about the training loss, and says nothing about validation.",
        "Dropout and augmentation make the loss that was trained another one; a slope without them is no fault of the optimiser.",
        "Layers with kinks (ReLU) have no curvature at the kinks; the fall is measured all the same.",
        "Of a very large model fewer products are taken.",
    )
    cost = "some 20 gradients and 60 evaluations of at most 512 training examples"
    thresholds = (FALL,)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="dauphin2014identifying",
            place="sections 2 and 3",
            says="in high dimensions saddle points, surrounded by plateaus, are far commoner than poor minima",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="pearlmutter1994fast",
            place="abstract",
            says="the product of the Hessian with a vector costs about as much as a gradient",
            grade=Grade.THEOREM,
        ),
    )
    settles = ("GF203", "GF205", "GF201")
    since = "0.1"
    severity = Severity.WARNING

    def look(self, lab: Lab) -> Finding:
        """Hold the largest fall along a straight step against its threshold, and say what kind of place it is."""
        sample = lab.sample(lab.split.train, EXAMPLES)
        if len(sample) < FEWEST:
            raise NotApplicable(
                f"There are only {len(sample)} training examples, too few to find and to measure a step."
            )
        find, measure = np.array_split(lab.generator("halves").permutation(sample), HALVES)
        surface, fresh = Surface(lab, lab.last(), find), Surface(lab, lab.fresh(), find)
        if not surface.weights:
            raise NotApplicable("The model has no weights that are trained.")
        level = abs(float(lab.losses(fresh.model, measure).mean()))
        slope, first = surface.slope(), fresh.slope()
        lowest, largest, bend = surface.extremes(lab.generator("curvature"))
        scale = max(float(surface.start.norm()), float(fresh.start.norm())) or 1.0
        ways = descents(lab, surface, {"gradient": [-slope.gradient], "curvature": [bend, -bend]}, scale)
        best = chosen(ways, level)
        fall = fall_of(lab, surface, best, measure, level)
        evidence = Evidence(measurement=fall, threshold=FALL)
        words = (
            f"{_slope_words(slope, first)}; curvature {lowest:.3g} to {largest:.3g}; the best of the straight steps "
            f"{_KINDS[best.kind]} lowers the training loss by {fall.value:.3g} % of its initial value "
            f"({fall.low:.3g} to {fall.high:.3g} %)"
        )
        down = _place(slope, lowest, best) if evidence.outcome is Outcome.PRESENT else ""
        return Finding.told(
            (evidence,),
            present=f"There is a way down{down}: {words}.",
            absent=f"No way down was found, as at a minimum or on a floor: {words}.",
            undecided=f"The examples do not settle it: {words}.",
            advice=(
                "Raise the learning rate or let its schedule fall later; at a saddle, change the initialisation "
                "or take momentum or Adam."
            ),
        )


@dataclass(frozen=True, slots=True)
class Way:
    """The best step of one kind on the half that finds."""

    kind: str
    step: Tensor
    promised: float  # fall of the mean loss there


_KINDS = {
    "gradient": "along the gradient",
    "curvature": "along the smallest curvature",
    "random": "in a random direction",
}


def descents(lab: Lab, surface: Surface, directions: dict[str, list[Tensor]], scale: float) -> list[Way]:
    """The best step along each kind of direction, by the loss on the surface's own examples; random ones beside."""
    draws = lab.generator("directions")
    drawn = [
        torch.from_numpy(draws.standard_normal(len(surface.start))).to(surface.start) for _ in range(RANDOM)
    ]
    before = surface.losses_at(surface.start, surface.indices).mean()
    found = []
    for kind, ways in (*directions.items(), ("random", drawn)):
        steps = [
            length * scale * way / norm
            for way in ways
            if (norm := float(way.norm())) > 0
            for length in LENGTHS
        ]
        falls = [
            float(before - surface.losses_at(surface.start + step, surface.indices).mean()) for step in steps
        ]
        finite = [fall if np.isfinite(fall) else -np.inf for fall in falls]
        if steps:
            best = int(np.argmax(finite))
            found.append(Way(kind, steps[best], finite[best]))
    return found


def chosen(ways: list[Way], level: float) -> Way:
    """The gradient's step where it leads down far enough, for then nothing is stuck; else the one that leads furthest."""
    along = [way for way in ways if way.kind == "gradient" and 100 * way.promised >= FALL.value * level]
    return max(along or ways, key=lambda way: way.promised)


def fall_of(lab: Lab, surface: Surface, way: Way, indices: Indices, level: float) -> Measurement:
    """The fall along a step on examples that did not choose it, in per cent of the initial loss."""
    before: Losses = surface.losses_at(surface.start, indices)
    fallen = (before - surface.losses_at(surface.start + way.step, indices)) * 100 / level
    error, units = standard_error(fallen, lab.groups(indices))
    return around(FALL.name, float(fallen.mean()), error, units, FALL.unit)


def _slope_words(slope: Slope, first: Slope) -> str:
    share = (
        f"{100 * slope.norm / first.norm:.3g} % of that at the start" if first.norm else "none at the start"
    )
    heard = f"{slope.norm / slope.noise:.2g} times its noise" if slope.noise else "without noise"
    return f"gradient norm {slope.norm:.3g} ({share}, {heard})"


def _place(slope: Slope, lowest: float, best: Way) -> str:
    """What kind of place it is, by the direction that leads down."""
    if best.kind == "curvature" and lowest < 0:
        return " along negative curvature, where the gradient leads nowhere: a saddle"
    if best.kind == "gradient" and slope.norm > slope.noise:
        return " along the gradient: the optimiser goes too slowly or stopped too early"
    return ""
