# SPDX-License-Identifier: Apache-2.0
"""Edits are tried on a copy of the model while they are planned, so that a wrong guess never reaches the user's."""

import copy
from collections.abc import Iterable
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


class Rehearsal:
    """A copy of a model that edits are made on; those that pass stay in it."""

    def __init__(self, model: nn.Module, example: Any) -> None:
        try:
            self.model = copy.deepcopy(model)
        except Exception as error:
            raise SurgeryError(
                f"the model cannot be copied, to try the edits on: {type(error).__name__}: {error}",
                where=type(model).__name__,
            ) from error
        self.example = example

    def keeps(self, edit: Edit, layers: Iterable[str]) -> str | None:
        """Make an edit that must not change what `layers` and the model give; why it was taken back, or None."""
        watched = list(layers)
        before = self._outputs(watched)
        return self._tried(edit, lambda: _differing(before, self._outputs(watched)))

    def runs(self, edit: Edit) -> str | None:
        """Make an edit after which the model must give outputs of the same shapes; why it was taken back, or None."""
        before = [tuple(t.shape) for t in self._outputs(())["the model"]]
        return self._tried(
            edit,
            lambda: (
                None
                if [tuple(t.shape) for t in self._outputs(())["the model"]] == before
                else "the output has another shape with it"
            ),
        )

    def undo(self, edit: Edit) -> None:
        """Take an edit back."""
        EDITS[edit.kind].take_back(Subject(model=self.model), edit)

    def _tried(self, edit: Edit, check: Any) -> str | None:
        try:
            EDITS[edit.kind].carry_out(Subject(model=self.model), edit)
        except Exception as error:  # noqa: BLE001 - whatever it is, the user's model is not to meet it
            return f"tried on a copy, the edit fails ({_short(error)})"
        try:
            failed: str | None = check()
        except Exception as error:  # noqa: BLE001 - the same
            failed = f"the model does not run with it ({_short(error)})"
        if failed is not None:
            self.undo(edit)
            return f"tried on a copy, {failed}"
        return None

    def _outputs(self, layers: Iterable[str]) -> dict[str, list[Tensor]]:
        """What layers and the model give for the example in evaluation mode."""
        found: dict[str, list[Tensor]] = {}
        handles = []
        for path in layers:

            def keep(_m: nn.Module, _i: Any, output: Any, path: str = path) -> None:
                found.setdefault(path, []).extend(t.detach().clone() for t in tensors_of(output))

            handles.append(self.model.get_submodule(path).register_forward_hook(keep))
        try:
            output = trace(self.model, copy.deepcopy(self.example), {}).output
        finally:
            for handle in handles:
                handle.remove()
        found["the model"] = [t.detach().clone() for t in tensors_of(output)]
        return found


def _short(error: Exception) -> str:
    first = str(error.__cause__ or error).splitlines()[0] if str(error) else ""
    return f"{type(error.__cause__ or error).__name__}: {first}"


def _differing(before: dict[str, list[Tensor]], after: dict[str, list[Tensor]]) -> str | None:
    for name, tensors in before.items():
        others = after.get(name, [])
        same = len(tensors) == len(others) and all(map(is_close, tensors, others))
        if not same:
            return f"what {name} gives changes with it"
    return None


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
