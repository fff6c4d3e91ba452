# SPDX-License-Identifier: Apache-2.0
"""The training loss asks for a little less than certainty: a share of each target is spread over all classes.

Of k classes the true one gets 1 - s + s / k and each other s / k (Szegedy et al. 2016, section 7); of two, as a logit
loss has them, 1 becomes 1 - s / 2 and 0 becomes s / 2. The user's own loss is kept inside, unchanged, for validation.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.errors import SurgeryError
from goodfit.surgery.subject import Loss, Subject, loss_of, not_as_planned
from goodfit.values import Edit

_TWO_CLASSES = (nn.BCEWithLogitsLoss, nn.BCELoss)
_TWO_CLASS_FUNCTIONS = (F.binary_cross_entropy_with_logits, F.binary_cross_entropy)


@dataclass(frozen=True, slots=True)
class SmoothedLoss:
    """A training loss with smoothed targets, and the plain one that it was made from."""

    plain: Loss
    amount: float
    smoothed: Loss

    def __call__(self, outputs: Any, targets: Any) -> Tensor:
        """The loss to minimise."""
        return self.smoothed(outputs, targets)

    @property
    def reduction(self) -> str:
        """That of the plain loss."""
        return str(getattr(self.plain, "reduction", "mean"))


@dataclass(frozen=True, slots=True)
class _TwoClasses:
    """A loss of two classes, with both of its targets moved towards one half."""

    plain: Loss
    amount: float

    def __call__(self, outputs: Any, targets: Any) -> Tensor:
        return self.plain(outputs, targets * (1 - self.amount) + self.amount / 2)


def smoothing(loss: Loss) -> float | None:
    """How much a loss smooths its targets now; None where it cannot be told to."""
    if isinstance(loss, SmoothedLoss):
        return loss.amount
    if isinstance(loss, nn.CrossEntropyLoss):
        return float(loss.label_smoothing)
    called, given = _function(loss)
    if called is F.cross_entropy:
        return float(given.get("label_smoothing", 0.0))
    return 0.0 if has_two_classes(loss) else None


def has_two_classes(loss: Loss) -> bool:
    """Whether a loss asks of each output whether it is so or not, by targets between 0 and 1."""
    return isinstance(loss, _TWO_CLASSES) or _function(loss)[0] in _TWO_CLASS_FUNCTIONS


def smoothed(loss: Loss, amount: float) -> SmoothedLoss:
    """A loss with another smoothing; `loss` is not changed."""
    if isinstance(loss, nn.CrossEntropyLoss):
        own = copy.deepcopy(loss)
        own.label_smoothing = amount
        return SmoothedLoss(loss, amount, own)
    if _function(loss)[0] is F.cross_entropy:
        return SmoothedLoss(loss, amount, partial(loss, label_smoothing=amount))  # type: ignore[call-arg]
    return SmoothedLoss(loss, amount, _TwoClasses(loss, amount))


def carry_out(subject: Subject, edit: Edit) -> None:
    """Put the smoothed loss in the place of the subject's training loss.

    Raises:
        SurgeryError: there is no loss, or it smooths by another amount than planned; nothing was changed.
    """
    loss = loss_of(subject, edit.kind.value)
    present = smoothing(loss)
    if present is None or present != edit.before or isinstance(loss, SmoothedLoss):
        raise not_as_planned("a label smoothing", edit.before, present)
    subject.loss = smoothed(loss, edit.after)


def take_back(subject: Subject, edit: Edit) -> None:
    """Give the subject its plain loss back.

    Raises:
        SurgeryError: the loss is not smoothed by this edit; nothing was changed.
    """
    loss = loss_of(subject, edit.kind.value)
    if not isinstance(loss, SmoothedLoss) or loss.amount != edit.after:
        raise SurgeryError("the training loss is not smoothed by this treatment", where=edit.path)
    subject.loss = loss.plain


def in_place(subject: Subject, edit: Edit) -> str | None:
    """An empty name where the training loss is smoothed by this amount, None where it is not."""
    loss = subject.loss
    return "" if isinstance(loss, SmoothedLoss) and loss.amount == edit.after else None


def _function(loss: Loss) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The function behind a loss, and the arguments bound to it."""
    if isinstance(loss, partial) and not loss.args:
        return loss.func, loss.keywords
    return loss, {}
