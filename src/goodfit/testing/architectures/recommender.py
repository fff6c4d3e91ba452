# SPDX-License-Identifier: Apache-2.0
"""Recommenders: neural collaborative filtering and an autoencoder."""

import torch
from torch import Tensor, nn

from goodfit.testing.architectures._architecture import Architecture, sum_of_squares

USERS, ITEMS, BATCH = 12, 18, 6


class NeuMf(nn.Module):
    """A product of embeddings beside a tower of fully connected layers (He et al. 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.user_product, self.item_product = nn.Embedding(USERS, 4), nn.Embedding(ITEMS, 4)
        self.user_tower, self.item_tower = nn.Embedding(USERS, 8), nn.Embedding(ITEMS, 8)
        self.tower = nn.Sequential(nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 6), nn.ReLU())
        self.out = nn.Linear(10, 1)

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        """Users and items, each of shape (n,), to logits of shape (n,)."""
        product = self.user_product(user) * self.item_product(item)
        deep = self.tower(torch.cat([self.user_tower(user), self.item_tower(item)], dim=-1))
        logits: Tensor = self.out(torch.cat([product, deep], dim=-1)).squeeze(-1)
        return logits


class DenoisingAutoencoder(nn.Module):
    """The row of a user's interactions, reconstructed (Liang et al. 2018, without the variational part)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(ITEMS, 10), nn.Tanh())
        self.decoder = nn.Linear(10, ITEMS)

    def forward(self, row: Tensor) -> Tensor:
        """Interactions of shape (n, items) to logits of the same shape."""
        normed = nn.functional.normalize(row, dim=1)
        logits: Tensor = self.decoder(self.encoder(normed))
        return logits


def _pairs() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randint(USERS, (BATCH,), generator=generator),
        torch.randint(ITEMS, (BATCH,), generator=generator),
    )


def _rows() -> Tensor:
    return (torch.rand(BATCH, ITEMS, generator=torch.Generator().manual_seed(0)) < 0.4).float()


ARCHITECTURES = (
    Architecture(name="Neural collaborative filtering", build=NeuMf, example=_pairs, loss=sum_of_squares),
    Architecture(
        name="Autoencoder recommender", build=DenoisingAutoencoder, example=_rows, loss=sum_of_squares
    ),
)
