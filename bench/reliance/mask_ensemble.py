# SPDX-License-Identifier: Apache-2.0
"""Is a network with dropout an ensemble? The mean answer of many masks against the single pass, on the MNIST example.

The pass in evaluation mode keeps all units and scales nothing, because torch scaled in training: it is the weight-scaled pass
of Srivastava et al. 2014 (section 10), and equal, bit for bit, to the untreated class with the same weights.

    python bench/reliance/mask_ensemble.py     writes bench/results/mask_ensemble.md
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from _arms import stamp, trained_pairs
from torch import Tensor

from goodfit.measures.calibration import calibration_error
from goodfit.nn import Ensemble, MCDropout
from goodfit.proof.intervals import paired_t_interval
from goodfit.proof.levels import EFFECT_COVERAGE
from goodfit.tasks import BUILT_IN
from goodfit.training import load_task
from goodfit.trials.traits import Specimen

RESULT = Path(__file__).parents[1] / "results" / "mask_ensemble.md"
RATE = 0.5  # the rate of the first papers, fixed beforehand and not tuned
MASKS = 100
SIZES = (1, 2, 5, 10, 20, 50, 100)
SHARE = 0.01  # of the loss: what "enough" masks may be off
HEAD = """# The ensemble of masks against the single pass

Written by `make bench-reliance` on {date}.
The built-in MNIST perceptron (784-512-512-10, 1,000 training images), dropout {rate} in front of {places}; five seeds, early stopped,
best checkpoint, 2,500 test images. The difference is the mean answer of so many masks less the single deterministic pass in
evaluation mode, paired by seed, with its 95 % t interval over seeds: negative where the ensemble is better.
With fewer than {masks} masks the mean over disjoint sets of masks is given.

The deterministic pass is the weight-scaled pass: torch scales in training. For every seed its outputs were compared with those
of the untreated class with the same weights: {equal}.

| prediction | test loss | less the single pass [95 %] | of its loss | right, % | calibration error, % |
|---|---|---|---|---|---|
"""
FOOT = """
Masks that hold the loss within {share:.0%} of itself (`Ensemble.enough_masks`), by seed: {enough}.
"""


@dataclass(frozen=True)
class Answers:
    """What one trained network says of the test set: loss, share right and calibration error of the single pass, and all masks."""

    single: tuple[float, float, float]
    ensemble: Ensemble
    targets: Tensor
    same: bool  # bit-equal to the untreated class with these weights


def answers_of(specimen: Specimen) -> Answers:
    """Ask a treated network in evaluation mode, its weights in the untreated class, and MASKS masks."""
    outputs, targets = specimen.outputs()
    plain = specimen.recipe().model()
    plain.load_state_dict(specimen.trained().state_dict(), strict=True)
    same = bool(torch.equal(replace(specimen, model=plain.eval()).outputs()[0], outputs))
    examples, indices = specimen.measured_on()
    with specimen.seeded("masks"):
        ensemble = MCDropout(specimen.trained(), masks=MASKS)(examples.batch(indices)[0])
    return Answers(scores(outputs.softmax(1), targets), ensemble, targets, same)


def scores(probabilities: Tensor, targets: Tensor) -> tuple[float, float, float]:
    """Mean negative log likelihood, share right in %, calibration error in %."""
    chosen = probabilities.gather(1, targets[:, None]).double().clamp_min(1e-300)
    best = probabilities.max(dim=1)
    right = (best.indices == targets).numpy()
    ece = calibration_error(best.values.double().numpy(), right)
    return float(-chosen.log().mean()), 100 * float(right.mean()), 100 * ece


def of_size(answers: Answers, size: int) -> list[float]:
    """Loss, share right, calibration error of ensembles of so many masks, averaged over disjoint sets of masks."""
    masks = answers.ensemble.probabilities
    sets = [masks[start : start + size] for start in range(0, len(masks) - size + 1, size)]
    return list(np.mean([scores(part.mean(0), answers.targets) for part in sets], axis=0))


def rows_of(found: Sequence[Answers]) -> list[str]:
    """One line for each number of masks."""
    single = np.array([each.single for each in found])
    lines = [
        f"| single deterministic pass | {single[:, 0].mean():.4f} | - | - | {single[:, 1].mean():.2f} | {single[:, 2].mean():.2f} |"
    ]
    for size in SIZES:
        many = np.array([of_size(each, size) for each in found])
        gains = many[:, 0] - single[:, 0]
        low, high = paired_t_interval(gains, EFFECT_COVERAGE.value)
        lines.append(
            f"| {size} mask{'s' if size > 1 else ''} | {many[:, 0].mean():.4f} | {gains.mean():+.4f} [{low:+.4f}, {high:+.4f}] | "
            f"{100 * gains.mean() / single[:, 0].mean():+.1f} % | {many[:, 1].mean():.2f} | {many[:, 2].mean():.2f} |"
        )
    return lines


def main() -> None:
    """Train, ask, write."""
    pair = trained_pairs(load_task(BUILT_IN["mnist"]), RATE, both=False)
    found = [answers_of(one) for one in pair.treated]
    enough = [each.ensemble.enough_masks(each.targets, SHARE) for each in found]
    equal = all(each.same for each in found)
    text = HEAD.format(
        date=stamp(),
        masks=MASKS,
        rate=RATE,
        places=pair.places,
        equal="equal bit for bit on every seed" if equal else "NOT equal on every seed",
    )
    text += "\n".join(rows_of(found)) + "\n"
    text += FOOT.format(share=SHARE, enough=", ".join(map(str, enough)))
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
