# SPDX-License-Identifier: Apache-2.0
"""Fashion-MNIST (Xiao et al. 2017): 3,000 pictures of clothes to train on and validate with, 2,000 others to test.

A balanced cut, read from `fashion_mnist/fashion_mnist_small.npz` below GOODFIT_DATA.
"""

import zipfile

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.tasks._given import given_file, unreadable
from goodfit.tasks.mnist import mlp
from goodfit.training import Task, accuracy

FILE = "fashion_mnist/fashion_mnist_small.npz"
HOW = (
    "get Fashion-MNIST from github.com/zalandoresearch/fashion-mnist and save x_train, y_train, x_test and "
    "y_test, of any size you like, with numpy.savez"
)
VALIDATION_SHARE = 1 / 3  # of the pictures that are not the test set


def fashion() -> Task:
    """A multilayer perceptron 784-512-512-10 without any regulariser."""
    x, y, test_x, test_y = pictures()
    return Task(
        name="fashion",
        model=mlp,
        train=(x, y),
        test=(test_x, test_y),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=20,
        validation_size=round(VALIDATION_SHARE * len(y)),
    )


def pictures() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures, shape (n, 1, 28, 28) in 0..1, and kinds, to learn from; then the same to test on.

    Raises:
        TaskError: the file is missing or broken.
    """
    path = given_file(FILE, what="Fashion-MNIST", how=HOW)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            parts = {
                name: torch.from_numpy(arrays[name]) for name in ("x_train", "y_train", "x_test", "y_test")
            }
        x, test = (parts[name].float().div(255).reshape(-1, 1, 28, 28) for name in ("x_train", "x_test"))
    except (OSError, EOFError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from error
    return x, parts["y_train"].long(), test, parts["y_test"].long()
