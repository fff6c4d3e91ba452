# SPDX-License-Identifier: Apache-2.0
"""Any other model, mapped over the arms by torch.func.vmap: its code runs once and sees one arm.

Dropout layers get their arms' factors from `Draws`. Whatever else the code would draw, vmap refuses
(randomness="error"): it could not be what each arm would draw alone.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from goodfit.nn import Dropout
from goodfit.training.stacked.arms import Arms
from goodfit.training.stacked.draws import Draws


class Mapped:
    """The arms' models as one model with stacked numbers."""

    def __init__(self, model: nn.Module, arms: Arms, draws: Draws) -> None:
        self._arms, self._place = arms, _Place(draws)
        self._model = deepcopy(model)
        for path, module in self._model.named_modules():
            if isinstance(module, Dropout):
                module.__class__ = _ArmsDropout
                module.__dict__["where"] = (path, self._place)  # no submodule, whatever it holds

    def __call__(self, inputs: Any, *, training: bool, shared: bool) -> Any:
        """Outputs with the arms in front.

        Args:
            inputs: a tree of tensors of shape (arms, examples, *).
            training: the mode of the model.
            shared: whether all arms see the same inputs, and they have the shape (examples, *).
        """
        self._model.train(training)
        numbers = {**self._arms.trained, **self._arms.fixed}
        rows = torch.arange(len(self._arms), device=next(iter(numbers.values())).device)
        return vmap(self._one, in_dims=(0, 0, None if shared else 0))(numbers, rows, inputs)

    def _one(self, numbers: dict[str, Tensor], row: Tensor, inputs: Any) -> Any:
        self._place.row = row
        if isinstance(inputs, Mapping):
            return functional_call(self._model, numbers, (), dict(inputs))
        return functional_call(self._model, numbers, tuple(inputs) if isinstance(inputs, list) else inputs)


class _Place:
    """Where the mapped code is: what draws for the arms, and the row of the arm it thinks to be alone with."""

    def __init__(self, draws: Draws) -> None:
        self.draws = draws
        self.row: Tensor | None = None


class _ArmsDropout(Dropout):
    """A dropout layer inside of vmap."""

    where: tuple[str, _Place]

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Drop from each arm's input what that arm would drop alone."""
        if not self.training:
            return input
        path, place = self.where
        shape, kind = input.shape, torch.empty(0, dtype=input.dtype, device=input.device)

        def draw() -> Tensor:
            factors = place.draws.factors(path, shape, kind)
            return torch.ones(len(place.draws), *(1 for _ in shape)).to(kind) if factors is None else factors

        each: Tensor = _OfEachArm.apply(place.row, draw)  # type: ignore[no-untyped-call]
        return input * each


class _OfEachArm(torch.autograd.Function):
    """Inside of vmap, the row of a stacked tensor that belongs to the arm; what gives the tensor is called outside of vmap."""

    @staticmethod
    def forward(row: Tensor, draw: Callable[[], Tensor]) -> Tensor:
        return draw()[row]

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept: masks have no gradient."""

    @staticmethod
    def backward(_ctx: Any, _grad: Tensor) -> tuple[None, None]:
        return None, None

    @staticmethod
    def vmap(_info: Any, _in_dims: Any, _row: Tensor, draw: Callable[[], Tensor]) -> tuple[Tensor, int]:
        return draw(), 0
