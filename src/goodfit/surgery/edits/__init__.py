# SPDX-License-Identifier: Apache-2.0
"""One module for each Edit that a remedy declares; each carries its edits out and takes them back."""

from types import ModuleType

from goodfit.surgery.edits import dropout
from goodfit.values import EditKind

EDITS: dict[EditKind, ModuleType] = {EditKind.SET_RATE: dropout, EditKind.INSERT_DROPOUT: dropout}
"""The module that carries out each kind of edit: `carry_out(model, edit)`, `take_back`, `in_place`."""

__all__ = ["EDITS"]
