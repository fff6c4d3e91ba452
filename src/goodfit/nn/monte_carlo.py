# SPDX-License-Identifier: Apache-2.0
"""Prediction as an ensemble of dropout masks, which also says how unsure the network is, and why.

    ensemble = MCDropout(model, masks=50)(x)
    ensemble.mean                        # (N, C) probabilities, averaged over the masks
    ensemble.mutual_information          # (N,) nats: how much the masks disagree
    ensemble.enough_masks(y, share=0.01) # how many masks keep the loss within 1 % of itself

The predictive entropy is that of the mean; the expected entropy is the mean of the masks' own; their difference, the mutual
information of the label and the weights, is what more data could remove. Source: Gal and Ghahramani 2016 (Dropout as a Bayesian
approximation), section 4; Houlsby et al. 2011, equation 2 (BALD).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError, SettingsError
from goodfit.nn.dropout_mode import only_dropout_trains


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """What the masks said about a batch: `probabilities` of shape (masks, N, *, C), the last dimension being the classes."""

    probabilities: Tensor

    @cached_property
    def mean(self) -> Tensor:
        """The ensemble's probabilities, (N, *, C)."""
        return self.probabilities.mean(0)

    @cached_property
    def entropy(self) -> Tensor:
        """Predictive entropy, (N, *), in nats: all uncertainty about the label."""
        return _entropy(self.mean)

    @cached_property
    def expected_entropy(self) -> Tensor:
        """Mean entropy of the masks, (N, *), in nats: the uncertainty that they agree on (noise in the data)."""
        return _entropy(self.probabilities).mean(0)

    @cached_property
    def mutual_information(self) -> Tensor:
        """Predictive minus expected entropy, (N, *), in nats, at least 0: the uncertainty of the network about itself."""
        return (self.entropy - self.expected_entropy).clamp_min(0)

    def loss(self, targets: Tensor) -> float:
        """Mean negative log likelihood, in nats, of `targets` (class numbers, of shape (N, *)) under the mean."""
        chosen = self.mean.gather(-1, targets.unsqueeze(-1))
        return float(-chosen.log().double().mean())

    def standard_error(self, targets: Tensor) -> float:
        """Standard error, in nats, of `loss` over the draw of the masks, by the delta method; the batch is taken as fixed."""
        return _spread(self._ratios(targets)) / math.sqrt(len(self.probabilities))

    def enough_masks(self, targets: Tensor, share: float = 0.01) -> int:
        """How many masks hold the loss of `targets` to within `share` of itself.

        Enough means that the standard error over masks, and the loss that an ensemble of few masks has above that of
        infinitely many (half the variance of the likelihood over the squared mean, by masks), are both below
        share * loss. Both are estimated from these masks, so use at least 20 of them.

        Raises:
            SettingsError: the share is not positive, or there is only one mask.
        """
        if share <= 0:
            raise SettingsError(f"the share has to be positive, but is {share}", todo="0.01 stands for 1 %")
        if len(self.probabilities) < 2:  # noqa: PLR2004 - one mask has no spread
            raise SettingsError("one mask does not show how much masks differ", todo="draw at least 20 masks")
        ratios = self._ratios(targets)
        excess = float(ratios.var(0).mean()) / 2
        allowed = share * self.loss(targets)
        if allowed == 0:
            return 1
        return max(1, math.ceil((_spread(ratios) / allowed) ** 2), math.ceil(excess / allowed))

    def _ratios(self, targets: Tensor) -> Tensor:
        """Each mask's likelihood of each target over the ensemble's, (masks, examples), in double precision."""
        index = targets.unsqueeze(-1)
        chosen = torch.stack([p.gather(-1, index) for p in self.probabilities]).double().flatten(1)
        return chosen / chosen.mean(0)


class MCDropout:
    """Run a classifier once for each of `masks` dropout masks, with everything but dropout in evaluation mode.

    Args:
        model: gives logits with the classes in dimension `dim`; its modes, weights and buffers stay as they are.
        masks: how many forward passes.
        dim: the dimension of the classes in the model's output.

    Raises:
        SettingsError: there is not at least one mask.
        NothingMatchedError: the model drops nothing, so that all masks would say the same.
    """

    def __init__(self, model: nn.Module, *, masks: int = 50, dim: int = -1) -> None:
        if masks < 1:
            raise SettingsError(f"there has to be at least one mask, but got {masks}", todo="50 is usual")
        self.model, self.masks, self.dim = model, masks, dim

    def __call__(self, inputs: Any) -> Ensemble:
        """Predict for one batch (a tensor, a tuple of inputs, or a mapping of named ones), without gradients."""
        with torch.no_grad(), only_dropout_trains(self.model) as active:
            outputs = [self._run(inputs).softmax(self.dim).movedim(self.dim, -1) for _ in range(self.masks)]
        if not active():
            raise NothingMatchedError(
                "the model has no dropout with a rate above 0",
                where=type(self.model).__name__,
                todo="treat the model with dropout first",
            )
        return Ensemble(probabilities=torch.stack(outputs))

    def _run(self, inputs: Any) -> Tensor:
        if isinstance(inputs, Mapping):
            output = self.model(**inputs)
        else:
            output = self.model(*inputs) if isinstance(inputs, tuple) else self.model(inputs)
        if isinstance(output, Tensor):
            return output
        logits: Tensor = output.logits  # transformers' outputs
        return logits


def _entropy(probabilities: Tensor) -> Tensor:
    entropy: Tensor = torch.special.entr(probabilities).sum(-1)
    return entropy


def _spread(ratios: Tensor) -> float:
    """Standard deviation over masks of their mean likelihood ratio; 0 for a single mask."""
    return float(ratios.mean(1).std()) if len(ratios) > 1 else 0.0
