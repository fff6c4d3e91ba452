# SPDX-License-Identifier: Apache-2.0
"""What a model's outputs mean, as far as the loss tells: logits of classes, of yes or no, or plain numbers."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from goodfit.training.task import Loss
from goodfit.training.tree import tree_map


class Answer(Enum):
    """What goes into the loss."""

    CLASSES = "logits, one a class"  # a softmax makes them probabilities
    YES_OR_NO = "a logit for yes"  # a sigmoid does
    NUMBERS = "numbers"  # or something else that the loss does not tell


def answer_of(loss: Loss) -> Answer:
    """What a loss takes its outputs for."""
    if isinstance(loss, nn.CrossEntropyLoss) or loss is functional.cross_entropy:
        return Answer.CLASSES
    if isinstance(loss, nn.BCEWithLogitsLoss) or loss is functional.binary_cross_entropy_with_logits:
        return Answer.YES_OR_NO
    return Answer.NUMBERS


def surety(logits: Tensor, targets: Tensor) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How sure a classifier is of its answer, and whether that is right; both of shape (answers,).

    Args:
        logits: (n, classes) with class numbers as targets, or of any shape with the same shape of 0s and 1s.
        targets: whole numbers, or floating-point 0s and 1s.
    """
    if targets.is_floating_point():
        chances = torch.sigmoid(logits)
        confidence = torch.maximum(chances, 1 - chances).flatten()
        right = ((chances > 0.5) == (targets > 0.5)).flatten()  # noqa: PLR2004 - more likely than not
        return confidence.double().numpy(), right.numpy()
    best = torch.softmax(logits, dim=1).max(dim=1)
    return best.values.flatten().double().numpy(), (best.indices == targets).flatten().numpy()


def mean_answer(loss: Loss, outputs: Sequence[Any]) -> Any:
    """What an ensemble says, as outputs that the loss takes: the mean of the probabilities, else of the outputs."""
    return tree_map(lambda *parts: _mean(answer_of(loss), torch.stack(parts)), *outputs)


def _mean(answer: Answer, parts: Tensor) -> Tensor:
    """Means over the first dimension, of probabilities by their logarithms, so that none is rounded to 0."""
    if answer is Answer.NUMBERS:
        return parts.mean(dim=0)
    many = float(np.log(len(parts)))
    if answer is Answer.CLASSES:
        return torch.logsumexp(functional.log_softmax(parts, dim=2), dim=0) - many
    yes = torch.logsumexp(functional.logsigmoid(parts), dim=0)
    no = torch.logsumexp(functional.logsigmoid(-parts), dim=0)
    return yes - no
