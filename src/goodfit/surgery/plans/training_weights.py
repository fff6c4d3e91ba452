# SPDX-License-Identifier: Apache-2.0
"""Penalties on weights are planned: which coefficient, on which parameters, and which are spared."""

from collections.abc import Iterator
from math import isfinite

from goodfit.errors import SettingsError
from goodfit.surgery.edits import weight_decay as decay
from goodfit.surgery.edits._weights import chosen, penalised, spared
from goodfit.surgery.edits.l1 import threshold_of
from goodfit.surgery.plans._request import Planned, Request
from goodfit.surgery.subject import optimizer_of
from goodfit.values import Edit, EditKind, Skip

_SHOWN = 6  # names in a line; more would bury the reason
_WEIGHTS = "[p for p in model.parameters() if p.dim() > 1]"


def coefficient(value: float | None) -> float:
    """A coefficient of weight decay or L1.

    Raises:
        SettingsError: it is negative, not finite or missing.
    """
    if value is None or not isfinite(value) or value < 0:
        raise SettingsError(f"a coefficient of {value} is not 0 or more", todo="give one such as 0.01")
    return float(value)


def weight_decay(request: Request) -> Planned:
    """Give the optimiser another coefficient, decoupled from the gradient."""
    optimizer = optimizer_of(request.subject, "weight-decay")
    own = decay.coefficient(optimizer)
    name = type(optimizer).__name__
    if own is None:
        return Planned(
            edits=(),
            cause=f"{name} takes no weight decay",
            todo="use an optimiser that has a learning rate and a weight decay, such as AdamW, or another remedy",
        )
    if decay.is_decoupled(optimizer):
        cause = f"goodfit has set the weight decay of this {name} to {own:g} already"
        return Planned(edits=(), cause=cause, todo="take that treatment back with revert_ first")
    along = _chosen_names(request)
    code = _decay_code(name, request.dose, own, _in_code(along))
    return _planned(request, EditKind.WEIGHT_DECAY, before=own, code=code)


def l1(request: Request) -> Planned:
    """Threshold the weights after each step."""
    optimizer = optimizer_of(request.subject, "l1")
    present = threshold_of(optimizer)
    if present is not None:
        cause = f"a threshold of {present:g} is in the optimiser already"
        return Planned(edits=(), cause=cause, todo="take that treatment back with revert_ first")
    code = (
        "# after each optimizer.step()\n"
        "with torch.no_grad():\n"
        f"    for p in {_in_code(_chosen_names(request))}:\n"
        f"        p.copy_(p.sign() * (p.abs() - lr * {request.dose:g}).clamp(min=0))"
    )
    return _planned(request, EditKind.L1, before=None, code=code)


def _planned(request: Request, kind: EditKind, *, before: float | None, code: str) -> Planned:
    """One edit of the optimiser; where the user chose places, it names the weights in them."""
    weights, along = list(penalised(request.model)), _chosen_names(request)
    wanted = weights if along is None else along
    if not wanted:
        cause = "no weight is among the places chosen" if weights else "the model has no weight to penalise"
        return Planned(
            edits=(), skipped=tuple(_spared(request)), cause=cause, todo="choose a layer with a weight"
        )
    chosen(
        request.model, along or (), optimizer_of(request.subject, kind.value)
    )  # or says that none is trained
    left = [name for name in weights if name not in wanted]
    skipped = [*_spared(request), *_lines({"is not among the places chosen": left})]
    edit = Edit(path="optimizer", kind=kind, before=before, after=request.dose, code=code, along=along or ())
    return Planned(edits=(edit,), skipped=tuple(skipped))


def _chosen_names(request: Request) -> tuple[str, ...] | None:
    """The weights in the places that the user chose; None where all are."""
    weights = list(penalised(request.model))
    wanted = tuple(name for name in weights if request.wanted(name.rpartition(".")[0]))
    return None if len(wanted) == len(weights) else wanted


def _in_code(names: tuple[str, ...] | None) -> str:
    """The weights as an expression of the user's own code."""
    if names is None:
        return _WEIGHTS
    listed = ", ".join(f'"{name}"' for name in names)
    return f"[p for name, p in model.named_parameters() if name in {{{listed}}}]"


def _spared(request: Request) -> Iterator[Skip]:
    by_reason: dict[str, list[str]] = {}
    for name, because in spared(request.model).items():
        by_reason.setdefault(because, []).append(name)
    return _lines(by_reason)


def _lines(by_reason: dict[str, list[str]]) -> Iterator[Skip]:
    """One line for each reason, not for each of hundreds of biases."""
    for because, names in by_reason.items():
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yield Skip(path=", ".join(names[:_SHOWN]) + more, because=because)


def _decay_code(name: str, value: float, own: float, weights: str) -> str:
    """The change as code: parameter groups, where the optimiser decouples by itself; else a shrinking before a step."""
    if name in ("Adam", "AdamW"):
        return (
            f"weights = {weights}\n"
            "rest = [p for p in model.parameters() if not any(p is w for w in weights)]\n"
            "optimizer = torch.optim.AdamW([\n"
            f'    {{"params": weights, "weight_decay": {value:g}}},  # was {own:g}\n'
            '    {"params": rest, "weight_decay": 0.0},\n'
            "], lr=lr)"
        )
    return (
        f"optimizer = torch.optim.{name}(..., weight_decay=0.0)  # was {own:g}\n"
        "# before each optimizer.step()\n"
        "with torch.no_grad():\n"
        f"    for p in {weights}:\n"
        f"        p.mul_(1 - lr * {value:g})"
    )
