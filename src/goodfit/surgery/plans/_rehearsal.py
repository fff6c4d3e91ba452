# SPDX-License-Identifier: Apache-2.0
"""Edits are tried on a copy of the model while they are planned, so that a wrong guess never reaches the user's."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.surgery.edits import EDITS
from goodfit.surgery.subject import Subject
from goodfit.surgery.trace import tensors_of, trace
from goodfit.values import Edit

# How far an output may move by rounding, as a share of its largest number: some hundred roundings one after
# another. A wrong guess of where units go moves it by the order of that number itself.
_ROUNDINGS = 1000
_MOST = 0.1  # the same for half precision, whose thousand roundings would allow everything
_MODEL = "the model"

Outputs = dict[str, list[Tensor]]


class Rehearsal:
    """A copy of a model that edits are made on, and what some of its layers and itself gave before.

    Raises:
        SurgeryError: the model cannot be copied.
    """

    def __init__(self, model: nn.Module, example: Any, layers: Iterable[str] = ()) -> None:
        try:
            self.model = copy.deepcopy(model)
        except Exception as error:
            raise SurgeryError(
                f"the model cannot be copied, to try the edits on: {type(error).__name__}: {error}",
                where=type(model).__name__,
            ) from error
        self.example = example
        self.layers = tuple(dict.fromkeys(layers))
        self.before = self._outputs()

    def keeps(self, edit: Edit, layers: Sequence[str] = ()) -> str | None:
        """Make an edit that must not change what `layers` and the model give; why it was taken back, or None."""
        names = (*layers, _MODEL)
        return self._tried(
            [edit], lambda now: next((n for n in names if not _close(self.before[n], now[n])), None)
        )

    def runs(self, edits: Sequence[Edit]) -> str | None:
        """Make edits after which the model must give outputs of the same shapes; why they were taken back, or None."""
        return self._tried(
            edits, lambda now: None if _shapes(now[_MODEL]) == _shapes(self.before[_MODEL]) else _MODEL
        )

    def undo(self, edit: Edit) -> None:
        """Take an edit back."""
        EDITS[edit.kind].take_back(Subject(model=self.model), edit)

    def _tried(self, edits: Sequence[Edit], check: Any) -> str | None:
        done: list[Edit] = []
        try:
            for edit in edits:
                EDITS[edit.kind].carry_out(Subject(model=self.model), edit)
                done.append(edit)
            changed = check(self._outputs())
            failed = None if changed is None else f"what {changed} gives changes with it"
        except Exception as error:  # noqa: BLE001 - whatever it is, the user's model is not to meet it
            kind = "the model does not run with it" if len(done) == len(edits) else "the edit fails"
            failed = f"{kind} ({_short(error)})"
        if failed is None:
            return None
        for edit in reversed(done):
            self.undo(edit)
        return f"tried on a copy, {failed}"

    def _outputs(self) -> Outputs:
        """What the layers and the model give for the example in evaluation mode."""
        found: Outputs = {path: [] for path in self.layers}
        handles = []
        for path in self.layers:

            def keep(_m: nn.Module, _i: Any, output: Any, path: str = path) -> None:
                found[path].extend(t.detach().clone() for t in tensors_of(output))

            handles.append(self.model.get_submodule(path).register_forward_hook(keep))
        try:
            output = trace(self.model, copy.deepcopy(self.example), {}).output
        finally:
            for handle in handles:
                handle.remove()
        return {**found, _MODEL: [t.detach().clone() for t in tensors_of(output)]}


def _short(error: Exception) -> str:
    cause = error.__cause__ or error
    return f"{type(cause).__name__}: {(str(cause).splitlines() or [''])[0]}"


def _shapes(tensors: list[Tensor]) -> list[torch.Size]:
    return [t.shape for t in tensors]


def _close(before: list[Tensor], after: list[Tensor]) -> bool:
    return len(before) == len(after) and all(map(is_close, before, after))


def is_close(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are equal up to rounding; numbers that are not finite must be so in both."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if not a.is_floating_point():
        return torch.equal(a, b)
    finite = a.isfinite()
    if not torch.equal(finite, b.isfinite()):
        return False
    if not finite.any():
        return True
    left, right = a[finite].double(), b[finite].double()
    allowed = min(_MOST, _ROUNDINGS * torch.finfo(a.dtype).eps) * left.abs().max()
    return bool((left - right).abs().max() <= allowed)
