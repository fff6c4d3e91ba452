# SPDX-License-Identifier: Apache-2.0
"""One temperature for the outputs of a classifier: fitted on one half, scored on the other."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from goodfit.measures.calibration import calibration_error as binned_error
from goodfit.probes._lab import Indices, Lab, Losses
from goodfit.probes._probe import NotApplicable
from goodfit.training.answers import Answer, answer_of, surety
from goodfit.training.losses import per_example

LEAST = 50  # examples; half of them decide on the temperature
MOST_NUMBERS = 20_000_000  # outputs kept at once: 160 MB in 64-bit numbers
COLDEST, HOTTEST = -3.0, 5.0  # logarithms of the temperatures searched: 0.05 to 148
ACCURATE = 1e-4  # of the logarithm
HARDLY = 0.02  # of the loss of guessing: less than that gained is nothing learned
GOLDEN = (sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Outputs:
    """Outputs before softmax or sigmoid with their targets, on the CPU in 64-bit numbers."""

    logits: Tensor
    targets: Tensor
    losses: Callable[[Tensor, Tensor], Losses]


@dataclass(frozen=True, slots=True)
class Tempered:
    """Losses as they are, and with the temperature fitted on the other half."""

    raw: Losses
    mended: Losses
    temperatures: NDArray[np.float64]  # of each example's half


def is_cross_entropy(lab: Lab) -> bool:
    """Whether outputs go into a softmax; False: into a sigmoid.

    Raises:
        NotApplicable: neither is known of the loss.
    """
    answer = answer_of(lab.prepared.task.loss)
    if answer is not Answer.NUMBERS:
        return answer is Answer.CLASSES
    raise NotApplicable(
        "A temperature needs outputs before the softmax or sigmoid: the loss is neither CrossEntropyLoss nor "
        "BCEWithLogitsLoss."
    )


def examples_for(lab: Lab, most: int) -> Indices:
    """Validation examples to take outputs of: so few that all outputs fit into memory.

    Raises:
        NotApplicable: outputs are not known to be logits of a classifier, or the examples are too few.
    """
    cross, validation = is_cross_entropy(lab), lab.split.validation
    if len(validation) < LEAST:
        raise NotApplicable(
            f"{len(validation)} validation examples are too few to fit and score a temperature."
        )
    logits, targets = lab.outputs(lab.trained(), validation[:1])
    fits = isinstance(logits, Tensor) and isinstance(targets, Tensor)
    if not fits or (
        cross and (logits.ndim != 2 or targets.ndim != 1 or targets.is_floating_point())  # noqa: PLR2004 - (n, K) and (n,)
    ):
        raise NotApplicable(
            "A temperature is fitted to outputs of shape (n, classes) with one whole-number target each."
        )
    return lab.sample(validation, max(LEAST, min(most, MOST_NUMBERS // logits.numel())))


def logits_of(lab: Lab, model: nn.Module, indices: Indices) -> Outputs:
    """What a model says of the examples."""
    logits, targets = lab.outputs(model, indices)
    each: Any = per_example(_on_cpu(lab.prepared.task.loss))

    def losses(scaled: Tensor, wanted: Tensor) -> Losses:
        found, weights = each(scaled, wanted)
        return np.asarray((found / weights.mean()).double().numpy(), dtype=np.float64)

    kept = targets if is_cross_entropy(lab) else targets.double()
    return Outputs(logits.double(), kept, losses)


def _on_cpu(loss: Any) -> Any:
    return deepcopy(loss).cpu().double() if isinstance(loss, nn.Module) else loss


def tempered(lab: Lab, outputs: Outputs, groups: Indices | None) -> Tempered:
    """Fit on each half, score on the other; whole groups go into one half."""
    draws = lab.generator("halves")
    units = np.arange(len(outputs.targets)) if groups is None else np.unique(groups, return_inverse=True)[1]
    in_first = (draws.permutation(int(units.max()) + 1) % 2 == 0)[units]
    raw = outputs.losses(outputs.logits, outputs.targets)
    mended, temperatures = np.empty_like(raw), np.empty_like(raw)
    for half in (in_first, ~in_first):
        fitted, scored = (torch.from_numpy(np.flatnonzero(part)) for part in (half, ~half))
        heat = best_temperature(outputs, fitted)
        rows = scored.numpy()
        mended[rows] = outputs.losses(outputs.logits[scored] / heat, outputs.targets[scored])
        temperatures[rows] = heat
    return Tempered(raw, mended, temperatures)


def refuse_guessing(outputs: Outputs, found: Tempered) -> None:
    """A temperature can always turn a model that knows nothing into a guess; that explains no rise.

    Raises:
        NotApplicable: at its best temperature the model is hardly better than guessing.
    """
    guessing = float(outputs.losses(torch.zeros_like(outputs.logits), outputs.targets).mean())
    if float(found.mended.mean()) > (1 - HARDLY) * guessing:
        raise NotApplicable(
            "At its best temperature the last checkpoint is hardly better than guessing on validation: what it "
            "knows is not there to be calibrated."
        )


def best_temperature(outputs: Outputs, rows: Tensor) -> float:
    """The temperature of the lowest mean loss: golden section on its logarithm, where the loss has one minimum."""
    logits, targets = outputs.logits[rows], outputs.targets[rows]

    def loss(heat: float) -> float:
        return float(outputs.losses(logits / exp(heat), targets).mean())

    low, high = COLDEST, HOTTEST
    one, two = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_one, at_two = loss(one), loss(two)
    while high - low > ACCURATE:
        if at_one <= at_two:
            high, two, at_two = two, one, at_one
            one = high - GOLDEN * (high - low)
            at_one = loss(one)
        else:
            low, one, at_one = one, two, at_two
            two = low + GOLDEN * (high - low)
            at_two = loss(two)
    return exp((low + high) / 2)


def calibration_error(outputs: Outputs, temperatures: NDArray[np.float64] | None) -> float:
    """Expected calibration error: how far confidence and share right are apart, over bins of confidence."""
    logits = outputs.logits
    if temperatures is not None:
        heat = torch.from_numpy(temperatures).reshape(-1, *[1] * (logits.ndim - 1))
        logits = logits / heat
    return binned_error(*surety(logits, outputs.targets))
