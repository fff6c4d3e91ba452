# SPDX-License-Identifier: Apache-2.0
"""Seconds that a trained model takes to answer one batch: what more nodes cost for as long as the model is used.

As with a training step, absolute times say something about this machine at this moment only; models that are measured
together take their batches in turn, so that the ratio holds.
"""

import time
from collections.abc import Sequence
from statistics import median

import torch

from goodfit.training.evaluate import LARGEST_BATCH, forward
from goodfit.trials.traits._specimen import Specimen
from goodfit.trials.traits._trait import Trait

WARM_UP = 3  # batches; the first ones allocate memory and choose kernels
BATCHES = 25  # of each model, in turn; their median passes over those that something interrupted


def seconds_a_batch(specimens: Sequence[Specimen]) -> list[float]:
    """The median time of each model for one evaluation batch, taken in turn; the models are left as they are."""
    ready = [(one, next(one.batches(_size(one)))[0]) for one in specimens]
    taken: list[list[float]] = [[] for _ in ready]
    with torch.no_grad():
        for turn in range(WARM_UP + BATCHES):
            for (one, inputs), times in zip(ready, taken, strict=True):
                with one.seeded("inference", turn):
                    times.append(_timed(one, inputs))
    return [median(times[WARM_UP:]) for times in taken]


def _size(specimen: Specimen) -> int:
    """As many examples as evaluation takes at once."""
    return min(LARGEST_BATCH, max(4 * specimen.recipe().batch_size, 32))


def _timed(specimen: Specimen, inputs: object) -> float:
    began = time.perf_counter()
    forward(specimen.trained(), inputs)
    if specimen.device.type == "cuda":
        torch.cuda.synchronize(specimen.device)
    return time.perf_counter() - began


TRAIT = Trait(
    name="inference-time",
    what="Median time of one evaluation batch; a change is the ratio of batches taken in turn.",
    unit="seconds",
    reads_model=True,
    together=seconds_a_batch,
    as_ratio=True,
)
