# SPDX-License-Identifier: Apache-2.0
"""Functions that drop, normalise or attend outside any layer, with the rate they are given and the line that calls them."""

import linecache
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.values import LayerKind


class Function(NamedTuple):
    """How a function is called in facts, what it does, and where its drop probability stands among its arguments."""

    name: str
    kind: LayerKind
    argument: str = ""
    position: int = 0
    default: float | None = None  # where the argument is left out

    def rate(self, args: Sequence[Any], named: Mapping[str, Any]) -> float | None:
        """The drop probability that a call is given; None where it has none, or one that is no number."""
        if not self.argument:
            return None
        given = named.get(self.argument, args[self.position] if len(args) > self.position else self.default)
        return float(given) if isinstance(given, int | float) else None


_PLAIN = ("p", 1, 0.5)
FUNCTIONS: dict[Callable[..., Any], Function] = {
    F.dropout: Function("F.dropout", LayerKind.DROPOUT, *_PLAIN),
    F.dropout1d: Function("F.dropout1d", LayerKind.DROPOUT, *_PLAIN),
    F.dropout2d: Function("F.dropout2d", LayerKind.DROPOUT, *_PLAIN),
    F.dropout3d: Function("F.dropout3d", LayerKind.DROPOUT, *_PLAIN),
    F.alpha_dropout: Function("F.alpha_dropout", LayerKind.DROPOUT, *_PLAIN),
    F.feature_alpha_dropout: Function("F.feature_alpha_dropout", LayerKind.DROPOUT, *_PLAIN),
    torch.dropout: Function("F.dropout", LayerKind.DROPOUT, *_PLAIN),
    torch.dropout_: Function("F.dropout", LayerKind.DROPOUT, *_PLAIN),
    F.batch_norm: Function("F.batch_norm", LayerKind.BATCH_NORM),
    # Left out, its dropout is none that anything could raise.
    F.scaled_dot_product_attention: Function(
        "F.scaled_dot_product_attention", LayerKind.ATTENTION, "dropout_p", 4
    ),
    F.multi_head_attention_forward: Function(
        "F.multi_head_attention_forward", LayerKind.ATTENTION, "dropout_p", 10
    ),
}


def calling_line() -> str:
    """The line that is running outside torch, goodfit and Python's own files: "net.py:31: x = F.dropout(x, 0.3)"."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the standard library's own name for it
    while frame is not None and _is_inside(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return ""
    path, number = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(path, number).strip()
    return f"{Path(path).name}:{number}" + (f": {text}" if text else "")


_INSIDE = (str(Path(torch.__file__).parent), str(Path(__file__).parent), "<frozen")


def _is_inside(path: str) -> bool:
    return path.startswith(_INSIDE)
