# SPDX-License-Identifier: Apache-2.0
"""Changes of a training are planned: its loss, its length, its patience, its learning rates."""

from math import isfinite

from goodfit.errors import SettingsError
from goodfit.surgery.edits.label_smoothing import SmoothedLoss, has_two_classes, smoothing
from goodfit.surgery.plans._request import Planned, Request
from goodfit.surgery.subject import Loss, epochs_of, loss_of, optimizer_of
from goodfit.values import Edit, EditKind, Patience


def share(value: float | None) -> float:
    """How much of a target may be spread.

    Raises:
        SettingsError: it is not between 0 and 1.
    """
    if value is None or not 0 < value < 1:
        raise SettingsError(
            f"a label smoothing of {value} is not between 0 and 1", todo="give one such as 0.1"
        )
    return float(value)


def patience(value: float | None) -> float:
    """A patience in epochs.

    Raises:
        SettingsError: it is no whole number, 1 or more.
    """
    if value is None or not isfinite(value) or value < 1 or value != round(value):
        raise SettingsError(
            f"a patience of {value} epochs is no whole number, 1 or more", todo="give one such as 5"
        )
    return float(value)


def more(value: float | None) -> float:
    """A factor that raises.

    Raises:
        SettingsError: it is not above 1.
    """
    if value is None or not isfinite(value) or value <= 1:
        raise SettingsError(f"a factor of {value} is not above 1", todo="give one such as 2")
    return float(value)


def less(value: float | None) -> float:
    """A factor that lowers.

    Raises:
        SettingsError: it is not between 0 and 1.
    """
    if value is None or not 0 < value < 1:
        raise SettingsError(f"a factor of {value} is not between 0 and 1", todo="give one such as 0.3")
    return float(value)


def label_smoothing(request: Request) -> Planned:
    """Smooth the training loss, where it is one of classes."""
    loss = loss_of(request.subject, "label-smoothing")
    own = smoothing(loss)
    if own is None:
        return Planned(
            edits=(),
            cause=f"the training loss is {_name(loss)}, and goodfit cannot smooth its targets",
            todo="use nn.CrossEntropyLoss or nn.BCEWithLogitsLoss on logits, or smooth the targets by hand",
        )
    if isinstance(loss, SmoothedLoss) or own >= request.dose:
        return Planned(
            edits=(), cause=f"the training loss smooths by {own:g} already", todo="give a higher share"
        )
    dose = f"{request.dose:g}"
    code = (
        f"train_loss = loss(outputs, targets * (1 - {dose}) + {dose} / 2)  # validation keeps its targets"
        if has_two_classes(loss)
        else f"train_loss = nn.CrossEntropyLoss(label_smoothing={dose})  # validation keeps its loss"
    )
    return _one("loss", EditKind.LABEL_SMOOTHING, before=own, after=request.dose, code=code)


def early_stopping(request: Request) -> Planned:
    """Give the training a patience."""
    present = request.subject.patience
    if present is not None:
        cause = f"the training stops early already, with a patience of {present.floor} epochs"
        return Planned(edits=(), cause=cause, todo="choose another remedy")
    floor = round(request.dose)
    code = (
        f"stopping = EarlyStopping(Patience(floor={floor}))  # from goodfit.training\n"
        "if stopping.step(val_loss, model):  # after each epoch\n"
        "    break\n"
        "stopping.restore_(model)  # after the loop"
    )
    return _one("loop", EditKind.STOP_EARLY, before=None, after=Patience(floor=floor).floor, code=code)


def train_longer(request: Request) -> Planned:
    """Multiply the number of epochs."""
    own = epochs_of(request.subject, "train-longer")
    after = round(own * request.dose)
    if after <= own:
        cause = f"{request.dose:g} times {own} epochs is no epoch more"
        return Planned(edits=(), cause=cause, todo="give a higher factor")
    code = f"epochs = {after}  # was {own}; stretch the schedule of the learning rate likewise"
    return _one("loop", EditKind.EPOCHS, before=own, after=after, code=code)


def learning_rate(request: Request) -> Planned:
    """Multiply the learning rates."""
    optimizer = optimizer_of(request.subject, request.prescription.remedy)
    groups = optimizer.param_groups
    if not all("lr" in group for group in groups):
        cause = f"{type(optimizer).__name__} has no learning rate"
        return Planned(edits=(), cause=cause, todo="choose another remedy")
    now = float(groups[0].get("initial_lr", groups[0]["lr"]))
    code = f"lr = {now * request.dose:.6g}  # was {now:.6g}"
    if len(groups) > 1:
        code += f"; and {request.dose:g} times that of each other group"
    return _one("optimizer", EditKind.LEARNING_RATE, before=1.0, after=request.dose, code=code)


def _one(path: str, kind: EditKind, *, before: float | None, after: float, code: str) -> Planned:
    edit = Edit(path=path, kind=kind, before=before, after=float(after), code=code)
    return Planned(edits=(edit,))


def _name(loss: Loss) -> str:
    return getattr(loss, "__name__", type(loss).__name__)
