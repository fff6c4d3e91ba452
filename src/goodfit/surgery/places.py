# SPDX-License-Identifier: Apache-2.0
"""Which places of a model a user means: a glob of dotted names, a predicate, or what a prescription names.

plan(model, prescription, where="encoder.*")
plan(model, prescription, where=lambda module, name: isinstance(module, nn.Linear))
"""

from collections.abc import Callable
from fnmatch import fnmatchcase

from torch import nn

from goodfit.errors import NothingMatchedError
from goodfit.values import Prescription

Where = str | Callable[[nn.Module, str], bool]


def wanted_places(model: nn.Module, prescription: Prescription, where: Where | None) -> Callable[[str], bool]:
    """Whether a dotted name is among the places meant; without a choice all are.

    Args:
        model: whose names are asked for.
        prescription: where its `where` names layers of this model, those are meant.
        where: a glob of dotted names ("encoder.*"), or a predicate of (module, dotted name); it comes first.

    Raises:
        NothingMatchedError: `where` takes in no module of the model; names some that there are.
    """
    names: dict[str, nn.Module] = dict(model.named_modules(remove_duplicate=False))
    if where is None:
        meant = frozenset(prescription.where) & set(names)
        return (lambda name: name in meant) if meant else (lambda _: True)
    matches = _matcher(where)
    meant = frozenset(name for name, module in names.items() if matches(module, name))
    if not meant:
        leaves = [name for name, module in names.items() if name and not any(True for _ in module.children())]
        shown = ", ".join(leaves[:_SHOWN]) + (
            f" and {len(leaves) - _SHOWN} more" if len(leaves) > _SHOWN else ""
        )
        said = repr(where) if isinstance(where, str) else "the predicate"
        raise NothingMatchedError(
            f"{said} takes in no module of the model",
            where=type(model).__name__,
            todo=f"choose among: {shown or 'the model itself, whose name is empty'}",
        )
    return lambda name: name in meant


_SHOWN = 12  # candidates in an error; more would bury the message


def _matcher(where: Where) -> Callable[[nn.Module, str], bool]:
    if isinstance(where, str):
        return lambda _, name: fnmatchcase(name, where)
    return where
