# SPDX-License-Identifier: Apache-2.0
"""The mean answer of an ensemble is the mean of its probabilities, in the form that the loss takes."""

import torch
from torch import nn
from torch.nn import functional

from goodfit.training.answers import Answer, answer_of, mean_answer


def test_what_a_loss_takes_its_outputs_for() -> None:
    """Logits of classes, of yes, or numbers where nothing is known."""
    assert answer_of(nn.CrossEntropyLoss()) is Answer.CLASSES
    assert answer_of(functional.binary_cross_entropy_with_logits) is Answer.YES_OR_NO
    assert answer_of(nn.MSELoss()) is Answer.NUMBERS


def test_classes_are_averaged_as_probabilities() -> None:
    """The loss of the mean answer is that of the mean probabilities, at every place of the output."""
    outputs = [10 * torch.randn(6, 4, 3, generator=torch.Generator().manual_seed(i)) for i in range(5)]
    targets = torch.zeros(6, 3, dtype=torch.long)
    loss = nn.CrossEntropyLoss()
    mean = torch.stack([one.softmax(1) for one in outputs]).mean(0)
    torch.testing.assert_close(
        loss(mean_answer(loss, outputs), targets), functional.nll_loss(mean.log(), targets)
    )


def test_yes_or_no_is_averaged_as_a_chance_and_far_logits_stay_finite() -> None:
    """The sigmoid of the mean answer is the mean of the sigmoids; logits of 500 give no infinity."""
    loss = nn.BCEWithLogitsLoss()
    outputs = [torch.tensor([0.3, -2.0]), torch.tensor([1.5, 4.0])]
    mean = torch.stack(outputs).sigmoid().mean(0)
    torch.testing.assert_close(mean_answer(loss, outputs).sigmoid(), mean)
    far = [torch.tensor([500.0]), torch.tensor([600.0])]
    assert bool(torch.isfinite(mean_answer(loss, far)).all())
    assert bool(
        torch.isfinite(mean_answer(nn.CrossEntropyLoss(), [torch.tensor([[500.0, -500.0]])] * 2)).all()
    )


def test_numbers_are_averaged_as_they_are() -> None:
    """Also in a nesting."""
    found = mean_answer(nn.MSELoss(), [{"a": torch.tensor([1.0])}, {"a": torch.tensor([3.0])}])
    assert found["a"].item() == 2.0
