# SPDX-License-Identifier: Apache-2.0
"""Late dropout: nothing is dropped in the first steps, and from then on each layer drops at its rate.

    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), Dropout(0.5), nn.Linear(512, 10))
    late_dropout_(model, 200)          # the first 200 steps of training drop nothing
    late_dropout_(model, 200, UniformShare())   # afterwards each example at a rate of its own
    fixed_rates_(model)                # as it was before

What examples have in common is learned first, and faster without noise; what is learned by heart comes later (the
networks of Liu et al. 2023 that overfit). A step is a forward pass in training mode; for keyed layers
(`key_dropouts_`) it is the step of the keys, so that a training that is taken up again goes on where it was.
"""

import torch
from torch import Tensor, nn

from goodfit.nn.keyed import ShareOfRate
from goodfit.nn.keys import MaskKeys
from goodfit.nn.random_rate import random_rates_


class LateShare(ShareOfRate):
    """None of the rate in the first `steps` of training, then all of it, or what `then` gives.

    Raises:
        ValueError: `steps` is negative.
    """

    def __init__(self, steps: int, then: ShareOfRate | None = None) -> None:
        if steps < 0:
            raise ValueError(f"the steps without dropout have to be 0 or more, but got {steps}")
        self.steps, self.then = int(steps), then
        self.passes = 0  # in training mode; of layers without a key, what counts as steps
        self._counted = False

    def begin(self) -> None:
        """Begin a forward pass; it counts once a layer drops in it."""
        self._counted = False
        if self.then is not None:
            self.then.begin()

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # a compiled graph cannot count passes
    def of_rows(self, count: int, keys: MaskKeys | None, like: Tensor) -> Tensor:
        """The shares of `count` examples, shape (count,)."""
        if not self._counted:
            self.passes, self._counted = self.passes + 1, True
        step = self.passes if keys is None else keys.step
        if step <= self.steps:
            return torch.zeros(count, device=like.device)
        if self.then is None:
            return torch.ones(count, device=like.device)
        return self.then.of_rows(count, keys, like)


def late_dropout_(model: nn.Module, steps: int, then: ShareOfRate | None = None) -> LateShare:
    """Let the layers of `model` that drop from examples begin after `steps` steps of training, in place.

    Args:
        model: the whole model; see `random_rates_` for the layers that are changed, and those that are not.
        steps: of the optimiser, without dropout.
        then: what share of its rate each example drops at afterwards; None: all of it.

    Returns:
        What counts the steps; its `passes` can be set when a training without keys is taken up again.

    Raises:
        NothingMatchedError: no layer of the model drops from examples.
        ValueError: `steps` is negative.
    """
    shares = LateShare(steps, then)
    random_rates_(model, shares)
    return shares
