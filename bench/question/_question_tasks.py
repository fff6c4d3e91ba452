# SPDX-License-Identifier: Apache-2.0
"""The trainings that the question is asked about: the built-in tasks, and a control that does not overfit.

The quick ones are the same data and kinds of model, with fewer examples, narrower layers and fewer epochs, so that a
training takes 2 to 5 seconds on one core; all but the control still pass their minimum before they end.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch

from goodfit.tasks import BUILT_IN
from goodfit.tasks.characters import CharacterLSTM
from goodfit.tasks.mnist import cnn, mlp
from goodfit.training import Task, load_task

FAST_ADAM = partial(
    torch.optim.Adam, lr=3e-3
)  # three times the usual rate reaches the minimum in a third of the epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One training, in both sizes."""

    name: str
    domain: str
    words: str  # what the quick one is
    quick: Callable[[], Task]
    full: Callable[[], Task]


def _built_in(name: str) -> Task:
    return load_task(BUILT_IN[name])


def _mnist() -> Task:
    return replace(_built_in("mnist"), model=partial(mlp, 128), validation_size=500, epochs=16)


def _cnn() -> Task:
    small = replace(_built_in("mnist-cnn"), model=partial(cnn, 8, 128), optimizer=FAST_ADAM)
    return replace(small, train_size=500, validation_size=300, epochs=12)


def _fashion() -> Task:
    return replace(
        _built_in("fashion"),
        model=partial(mlp, 128),
        optimizer=FAST_ADAM,
        train_size=1000,
        validation_size=500,
        epochs=12,
    )


def _lstm() -> Task:
    return replace(_built_in("text-lstm"), train_size=1000, validation_size=500, batch_size=32, epochs=6)


def _bag() -> Task:
    return replace(_built_in("text-bag"), train_size=2000, validation_size=1000, epochs=10)


def _characters() -> Task:
    small = replace(_built_in("char-lstm"), train_size=200, validation_size=200, batch_size=4, epochs=8)
    return replace(small, model=partial(CharacterLSTM, kinds_of(small), 96))


def kinds_of(characters: Task) -> int:
    """How many kinds of characters a language model's data hold."""
    return 1 + int(characters.train[0].max())


def _rating_tower() -> Task:
    return replace(_built_in("recommender-mlp"), train_size=10_000, validation_size=3000, epochs=9)


def _factors() -> Task:
    small = replace(_built_in("recommender-mf"), train_size=10_000, validation_size=3000)
    return replace(small, optimizer=FAST_ADAM, epochs=9)


def control() -> Task:
    """Twice the images, a network a thirteenth as large, and a plan that ends while validation still improves."""
    return replace(_built_in("mnist"), model=partial(mlp, 64), train_size=2000, validation_size=500, epochs=6)


def narrow() -> Task:
    """Sixteen units a layer: it passes its minimum, and has no unit to spare."""
    return replace(_built_in("mnist"), model=partial(mlp, 16), validation_size=500, epochs=60)


ASKED = (
    Asked(
        name="mnist",
        domain="image",
        words="1,000 digits, perceptron 784-128-128-10",
        quick=_mnist,
        full=partial(_built_in, "mnist"),
    ),
    Asked(
        name="recommender-mlp",
        domain="recommender",
        words="10,000 ratings, embeddings and a tower (NCF)",
        quick=_rating_tower,
        full=partial(_built_in, "recommender-mlp"),
    ),
    Asked(
        name="text-bag",
        domain="text",
        words="2,000 sentences, mean of word embeddings",
        quick=_bag,
        full=partial(_built_in, "text-bag"),
    ),
    Asked(
        name="control",
        domain="image",
        words="2,000 digits, perceptron 784-64-64-10, six epochs: does not overfit",
        quick=control,
        full=control,
    ),
    Asked(
        name="recommender-mf",
        domain="recommender",
        words="10,000 ratings, matrix factorisation",
        quick=_factors,
        full=partial(_built_in, "recommender-mf"),
    ),
    Asked(
        name="text-lstm",
        domain="text",
        words="1,000 sentences, one LSTM",
        quick=_lstm,
        full=partial(_built_in, "text-lstm"),
    ),
    Asked(
        name="fashion",
        domain="image",
        words="1,000 pictures of clothes, perceptron 784-128-128-10",
        quick=_fashion,
        full=partial(_built_in, "fashion"),
    ),
    Asked(
        name="char-lstm",
        domain="text",
        words="6,400 characters of Shakespeare, one LSTM that says the next",
        quick=_characters,
        full=partial(_built_in, "char-lstm"),
    ),
    Asked(
        name="narrow",
        domain="image",
        words="1,000 digits, perceptron 784-16-16-10",
        quick=narrow,
        full=narrow,
    ),
    Asked(
        name="mnist-cnn",
        domain="image",
        words="500 digits, two convolutions and two dense layers",
        quick=_cnn,
        full=partial(_built_in, "mnist-cnn"),
    ),
)
