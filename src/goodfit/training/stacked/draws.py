# SPDX-License-Identifier: Apache-2.0
"""The dropout masks of stacked arms: one uniform draw for all arms of a seed, compared with each arm's own rate.

A keyed dropout layer draws from (run seed, step, layer, call), so arms of one seed would draw the same numbers one
after the other. Here they are drawn once, by the layer of the seed's first arm, and each arm gets the mask that
it would have had alone, bit for bit.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from goodfit.nn import Dropout
from goodfit.training.session import Session


class Draws:
    """The masks of the arms that `sessions` belong to, in their order."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self.keep(sessions)

    def keep(self, sessions: Sequence[Session]) -> None:
        """Draw for these arms from now on."""
        first: dict[int, int] = {}
        for row, session in enumerate(sessions):
            first.setdefault(session.settings.seed, row)
        seeds = list(first)
        self._drawing = [sessions[row] for row in first.values()]
        self._place = [seeds.index(session.settings.seed) for session in sessions]
        self._rates = {
            path: [float(session.model.get_submodule(path).p) for session in sessions]  # type: ignore[arg-type]
            for path in dropouts(sessions[0].model)
        }

    def __len__(self) -> int:
        return len(self._place)

    def begin(self, step: int) -> None:
        """Begin a step: the calls of each layer are counted anew."""
        for session in self._drawing:
            session.masks.step = step

    def factors(self, path: str, shape: torch.Size, like: Tensor) -> Tensor | None:
        """What the layer at `path` multiplies the arms' inputs by, of shape (arms, *shape); None where nobody drops.

        Args:
            path: dotted name of a dropout layer.
            shape: of one arm's input.
            like: has the type and the device that the factors are to have.
        """
        rates = self._rates[path]
        drops = any(rates)
        layers = [session.model.get_submodule(path) for session in self._drawing]
        drawn = [layer.uniform(shape if drops else torch.Size(), like) for layer in layers]  # type: ignore[operator]
        if not drops:
            return None  # the calls are counted all the same
        uniform = torch.stack(drawn)
        if 1 < len(drawn) < len(rates):
            uniform = uniform[self._place]
        column = (len(rates), *(1,) * len(shape))
        rate = torch.tensor(rates, device=like.device).view(column)
        scales = [1.0 / (1.0 - each) if each < 1 else 0.0 for each in rates]
        scale = torch.tensor(scales, dtype=like.dtype, device=like.device).view(column)
        return torch.where(uniform >= rate, scale, torch.zeros_like(scale))


def dropouts(model: nn.Module) -> list[str]:
    """The first dotted names of the dropout layers that `Draws` can draw for."""
    return [path for path, module in model.named_modules() if isinstance(module, Dropout)]
