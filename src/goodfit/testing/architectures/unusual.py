# SPDX-License-Identifier: Apache-2.0
"""What libraries that edit models stumble over: functions, loops, subclasses, sharing, frozen parts."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.testing.architectures._architecture import Architecture, sum_of_squares


class FunctionalDropout(nn.Module):
    """The rate is an attribute that forward hands to F.dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.p = 0.1
        self.fc1 = nn.Linear(16, 12)
        self.fc2 = nn.Linear(12, 10)
        self.fc3 = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 16) to logits of shape (n, 3)."""
        x = F.dropout(F.relu(self.fc1(x)), self.p, self.training)
        x = F.relu(self.fc2(x))
        if self.training:
            x = F.dropout(x, p=self.p)
        logits: Tensor = self.fc3(x)
        return logits


class Scaled(nn.Linear):
    """A subclass of nn.Linear, as LoRA and quantisation have them."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """The layer's output, halved."""
        return super().forward(input) / 2


class Loop(nn.Module):
    """A ModuleList of subclassed layers run in a loop; the first is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Scaled(16, 12), Scaled(12, 12), Scaled(12, 12)])
        self.head = nn.Linear(12, 3)
        self.layers[0].requires_grad_(requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 16) to logits of shape (n, 3)."""
        for layer in self.layers:
            x = torch.relu(layer(x))
        logits: Tensor = self.head(x)
        return logits


class Siamese(nn.Module):
    """One tower for two inputs, one hidden layer under two names, and one dropout layer for all."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.first = nn.Linear(16, 12)
        self.middle = nn.Linear(12, 12)
        self.again = self.middle
        self.head = nn.Linear(24, 3)

    def _tower(self, x: Tensor) -> Tensor:
        x = self.drop(torch.relu(self.first(x)))
        x = self.drop(torch.relu(self.middle(x)))
        out: Tensor = torch.relu(self.again(x))
        return out

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """Two sets of vectors of shape (n, 16) to logits of shape (n, 3)."""
        logits: Tensor = self.head(torch.cat([self._tower(left), self._tower(right)], dim=1))
        return logits


def _vectors() -> Tensor:
    return torch.randn(6, 16, generator=torch.Generator().manual_seed(0))


def _both() -> tuple[Tensor, Tensor]:
    return _vectors(), _vectors().flip(0)


ARCHITECTURES = (
    Architecture(name="Functional dropout", build=FunctionalDropout, example=_vectors, loss=sum_of_squares),
    Architecture(name="Loop of subclasses, frozen", build=Loop, example=_vectors, loss=sum_of_squares),
    Architecture(name="Siamese, shared", build=Siamese, example=_both, loss=sum_of_squares),
)
