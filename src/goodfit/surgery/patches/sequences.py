# SPDX-License-Identifier: Apache-2.0
"""The entry of a layer in an nn.Sequential that is written out in the source."""

import ast

from torch import nn

from goodfit.surgery.patches.source import NotFoundError, Scope, SourceFile, the_one
from goodfit.surgery.patches.spelling import nn_of, type_of


def entries(scope: Scope, sequence: nn.Sequential) -> list[ast.expr]:
    """The entries of the only nn.Sequential(...) within a definition that has these layers in this order.

    Raises:
        NotFoundError: none has, or more than one.
    """
    kinds = [type(layer).__name__ for layer in sequence]
    calls = [node for node in ast.walk(scope) if isinstance(node, ast.Call) and type_of(node) == "Sequential"]
    found = [call.args for call in calls if [type_of(entry) for entry in call.args] == kinds]
    listed: list[ast.expr] = the_one(found, f"an nn.Sequential of {', '.join(kinds) or 'nothing'}")
    return listed


def put_before(
    file: SourceFile, written: list[ast.expr], sequence: nn.Sequential, place: int, rate: float
) -> None:
    """Let dropout run in front of an entry; it shares the index of the one before, so that no name changes.

    Raises:
        NotFoundError: the entry before has state of its own, whose names would change.
    """
    before = sequence[place - 1] if place else None
    if before is None or before.state_dict():
        raise NotFoundError("a new entry would renumber the layers after it in checkpoints")
    made = nn_of(file)
    entry = written[place - 1]
    file.replace(entry, f"{made}Sequential({file.said(entry)}, {made}Dropout({rate:g}))")
