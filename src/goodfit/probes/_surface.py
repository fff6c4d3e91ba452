# SPDX-License-Identifier: Apache-2.0
"""The loss surface around a model's weights: gradient, curvature, and how far the loss falls along a direction.

All in evaluation mode, on a model of the probe's own, with its weights as one long vector.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from goodfit.probes._lab import Indices, Lab, Losses
from goodfit.training.evaluate import forward
from goodfit.training.losses import share_of_batch

BATCHES = 8  # of the gradient; their spread is its noise
MOST_PRODUCTS = 20  # products with the Hessian: the extremes of a spectrum come out first
LEAST_PRODUCTS = 4
FLOATS = 200_000_000  # of all Lanczos vectors together, 800 MB
STEP = 1e-3  # of finite differences, relative to the weights


@dataclass(frozen=True, slots=True)
class Slope:
    """The gradient of the mean loss."""

    gradient: Tensor
    norm: float
    noise: float  # norm that the noise of the batches alone would give


class Surface:
    """The mean loss over some examples as a function of all weights that are trained."""

    def __init__(self, lab: Lab, model: nn.Module, indices: Indices) -> None:
        self.lab, self.model, self.indices = lab, model, indices
        self.weights = [each for each in model.parameters() if each.requires_grad]
        self.start = parameters_to_vector(self.weights).detach().clone()

    def slope(self) -> Slope:
        """Gradient and its noise, from batches of equal size."""
        parts = np.array_split(self.indices, min(BATCHES, len(self.indices)))
        each = [self._gradient(part) for part in parts]
        mean = sum(each[1:], each[0]) / len(each)
        spread = sum(float((one - mean).square().sum()) for one in each)
        noise = sqrt(spread / (len(each) - 1) / len(each)) if len(each) > 1 else float("nan")
        return Slope(mean, float(mean.norm()), noise)

    def losses_at(self, weights: Tensor, indices: Indices) -> Losses:
        """Each example's loss with other weights; the model's own come back."""
        try:
            self._set(weights)
            return self.lab.losses(self.model, indices)
        finally:
            self._set(self.start)

    def extremes(self, draws: np.random.Generator) -> tuple[float, float, Tensor]:
        """Smallest and largest curvature within reach of a few Lanczos steps, and the direction of the smallest."""
        size = len(self.start)
        most = min(size, MOST_PRODUCTS, max(LEAST_PRODUCTS, FLOATS // size))
        first = torch.from_numpy(draws.standard_normal(size)).to(self.start)
        return lanczos(self._product, first / first.norm(), most)

    def _gradient(self, indices: Indices) -> Tensor:
        return self._flat(torch.autograd.grad(self._loss(indices), self.weights, allow_unused=True))

    def _product(self, direction: Tensor) -> Tensor:
        """Hessian times a direction: exact where torch can differentiate twice, else by finite differences."""
        try:
            loss = self._loss(self.indices)
            slopes = torch.autograd.grad(loss, self.weights, create_graph=True, allow_unused=True)
            along = self._flat(slopes, detach=False) @ direction
            if not along.requires_grad:
                return torch.zeros_like(direction)
            return self._flat(torch.autograd.grad(along, self.weights, allow_unused=True))
        except (RuntimeError, NotImplementedError):
            step = STEP * max(1.0, float(self.start.norm()))
            ahead, behind = (self._gradient_at(self.start + sign * step * direction) for sign in (1, -1))
            return (ahead - behind) / (2 * step)

    def _gradient_at(self, weights: Tensor) -> Tensor:
        try:
            self._set(weights)
            return self._gradient(self.indices)
        finally:
            self._set(self.start)

    def _loss(self, indices: Indices) -> Tensor:
        inputs, targets = self.lab.examples(indices)
        with torch.backends.cudnn.flags(
            enabled=False
        ):  # its recurrent layers have no gradient in evaluation mode
            outputs = forward(self.model, inputs)
        loss: Tensor = self.lab.task.loss(outputs, targets)
        return loss * share_of_batch(self.lab.task.loss, len(indices))

    def _flat(self, parts: Iterable[Tensor | None], *, detach: bool = True) -> Tensor:
        whole = torch.cat(
            [
                (torch.zeros_like(weight) if part is None else part).reshape(-1)
                for part, weight in zip(parts, self.weights, strict=True)
            ]
        )
        return whole.detach() if detach else whole

    def _set(self, weights: Tensor) -> None:
        with torch.no_grad():
            vector_to_parameters(weights, self.weights)


def lanczos(product: Callable[[Tensor], Tensor], first: Tensor, most: int) -> tuple[float, float, Tensor]:
    """Extreme eigenvalues of a symmetric matrix given by its products, and the vector of the smallest.

    Args:
        product: matrix times a vector.
        first: of length 1.
        most: products to take.
    """
    basis, diagonal, beside = [first], list[float](), list[float]()
    for _ in range(most):
        image = product(basis[-1])
        diagonal.append(float(image @ basis[-1]))
        for _twice in range(2):  # rounding makes one pass lose the right angles
            for old in basis:
                image = image - (image @ old) * old
        length = float(image.norm())
        if len(diagonal) == most or length <= 1e-6 * max(map(abs, diagonal)) or not length:  # all was reached
            break
        beside.append(length)
        basis.append(image / length)
    small = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    values, vectors = np.linalg.eigh(small)
    lowest: Any = sum(float(share) * part for share, part in zip(vectors[:, 0], basis, strict=True))
    return float(values[0]), float(values[-1]), lowest / lowest.norm()
