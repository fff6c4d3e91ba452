# SPDX-License-Identifier: Apache-2.0
"""The models of the recorded trainings: small ones of every common kind."""

import torch
from torch import Tensor, nn
from trainings_data import FILMS, WORDS, Source
from trainings_plan import Plan

USERS = 611


def build(plan: Plan, source: Source) -> nn.Module:
    """The plan's model, freshly drawn from its seed."""
    torch.manual_seed(plan.seed)
    outputs = source.classes or 1
    if source.kind == "sentences" and plan.model == "bag":
        outputs = 1  # one logit and binary cross-entropy
    model = _MODELS[plan.model](plan, source, outputs)
    if plan.fault == "zero weights":
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
    if plan.fault == "small weights":
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(plan.fault_size)
    if plan.fault == "double softmax":
        model = nn.Sequential(model, nn.Softmax(dim=1))
    return model


def _perceptron(plan: Plan, source: Source, outputs: int) -> nn.Module:
    inputs = source.x[0].numel()
    return nn.Sequential(
        nn.Flatten(),
        *(nn.Linear(inputs, plan.width), nn.ReLU(), nn.Dropout(plan.dropout)),
        *(nn.Linear(plan.width, plan.width), nn.ReLU(), nn.Dropout(plan.dropout)),
        nn.Linear(plan.width, outputs),
    )


def _convolutions(plan: Plan, source: Source, outputs: int) -> nn.Module:
    wide, side = max(2, plan.width // 8), source.x.shape[-1]
    momentum = plan.fault_size if plan.fault == "slow batch norm" else 0.1
    norm = (
        [nn.BatchNorm2d(wide, momentum=momentum), nn.BatchNorm2d(2 * wide, momentum=momentum)]
        if plan.model == "cnn-bn"
        else [nn.Identity(), nn.Identity()]
    )
    places = (-(-side // 4)) ** 2
    return nn.Sequential(
        *(nn.Conv2d(1, wide, 3, stride=2, padding=1), norm[0], nn.ReLU()),
        *(nn.Conv2d(wide, 2 * wide, 3, stride=2, padding=1), norm[1], nn.ReLU()),
        *(nn.Flatten(), nn.Dropout(plan.dropout), nn.Linear(2 * wide * places, outputs)),
    )


class _Recurrent(nn.Module):
    """Embedding, one recurrent layer, and a prediction at every character or at the end of a sentence."""

    def __init__(self, plan: Plan, source: Source, outputs: int) -> None:
        super().__init__()
        words = outputs if source.kind == "characters" else WORDS
        self.embed = nn.Embedding(words, 24)
        layer = nn.GRU if plan.model == "gru" else nn.LSTM
        self.recur = layer(24, plan.width, batch_first=True)
        self.drop = nn.Dropout(plan.dropout)
        self.out = nn.Linear(plan.width, outputs)
        self.everywhere = source.kind == "characters"

    def forward(self, x: Tensor) -> Tensor:
        """Logits: examples x classes, and x places for characters."""
        states = self.drop(self.recur(self.embed(x))[0])
        if self.everywhere:
            return self.out(states).transpose(1, 2)  # type: ignore[no-any-return]
        return self.out(states.mean(dim=1))  # type: ignore[no-any-return]


class _Bag(nn.Module):
    """The mean of word embeddings, one hidden layer, one logit."""

    def __init__(self, plan: Plan, _source: Source, outputs: int) -> None:
        super().__init__()
        self.embed = nn.EmbeddingBag(WORDS, plan.width, padding_idx=0)
        self.rest = nn.Sequential(
            *(nn.Dropout(plan.dropout), nn.Linear(plan.width, plan.width), nn.ReLU()),
            *(nn.Dropout(plan.dropout), nn.Linear(plan.width, outputs)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """One logit an example."""
        return self.rest(self.embed(x))  # type: ignore[no-any-return]


class _Encoder(nn.Module):
    """A transformer encoder of one layer, mean-pooled."""

    def __init__(self, plan: Plan, _source: Source, outputs: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, 32, padding_idx=0)
        self.layer = nn.TransformerEncoderLayer(32, 2, plan.width, plan.dropout, batch_first=True)
        self.out = nn.Linear(32, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits: examples x classes."""
        return self.out(self.layer(self.embed(x)).mean(dim=1))  # type: ignore[no-any-return]


class _Factors(nn.Module):
    """Matrix factorisation with biases."""

    def __init__(self, plan: Plan, _source: Source, _outputs: int) -> None:
        super().__init__()
        self.user, self.film = nn.Embedding(USERS, plan.width), nn.Embedding(FILMS, plan.width)
        self.user_bias, self.film_bias = nn.Embedding(USERS, 1), nn.Embedding(FILMS, 1)
        for table in (self.user, self.film, self.user_bias, self.film_bias):
            nn.init.normal_(table.weight, std=0.05)
        self.drop = nn.Dropout(plan.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """The rating, less its mean."""
        user, film = x[:, 0], x[:, 1]
        product = self.drop(self.user(user) * self.film(film)).sum(dim=1, keepdim=True)
        return product + self.user_bias(user) + self.film_bias(film)  # type: ignore[no-any-return]


_MODELS = {
    "mlp": _perceptron,
    "cnn": _convolutions,
    "cnn-bn": _convolutions,
    "gru": _Recurrent,
    "lstm": _Recurrent,
    "bag": _Bag,
    "transformer": _Encoder,
    "factors": _Factors,
}
