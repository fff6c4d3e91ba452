# SPDX-License-Identifier: Apache-2.0
"""The training loss in evaluation mode on a fixed sample, because the logged one has dropout in it.

The sample is the first training batches that are seen. Measuring leaves no trace: random generators, training flags
and buffers are as before, and no gradient is made.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isnan, nan
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.training.seeds import own_randomness
from goodfit.training.tree import tree_map

Batch = Any
BatchLoss = Callable[[nn.Module, Batch], Any]  # a scalar

# A forward pass costs about a third of a step; a batch for a hundred steps takes a third of one per cent of the time.
SHARE = 0.01
LARGEST_STATE = 16 * 2**20  # bytes of a sample that still goes into a checkpoint


class Sample:
    """Some training batches, always the same, and how the loss of one is computed.

    Args:
        loss: of (model, batch), a scalar; None: nothing is measured.
        most: how many batches at most; or the batches themselves.
    """

    def __init__(self, loss: BatchLoss | None, most: int | Sequence[Batch]) -> None:
        self.loss = loss
        given = None if isinstance(most, int) else list(most)
        self.batches: list[Batch] = given or []
        self._most = most if isinstance(most, int) else 0
        self.settled = given is not None  # the sample is complete, and stays
        self.steps = 0  # training batches seen until then

    def see(self, batch: Batch) -> None:
        """Keep a training batch if there is still room; costs nothing once the sample is settled."""
        if self.settled or self.loss is None:
            return
        self.steps += 1
        if len(self.batches) < self._most:
            self.batches.append(tree_map(lambda tensor: tensor.detach().clone(), batch))

    @property
    def wanted(self) -> bool:
        """Whether a batch would still be kept."""
        return not self.settled and self.loss is not None

    def measure(self, model: nn.Module | None) -> float | None:
        """Mean loss over the sample in evaluation mode; None where there is no sample."""
        if self.loss is None or model is None:
            return None
        if not self.settled and self.batches:
            del self.batches[max(1, int(SHARE * self.steps)) :]
            self.settled = True
        if not self.batches:
            return None
        with undisturbed(model):
            losses = [float(self.loss(model, batch)) for batch in self.batches]
        return nan if any(map(isnan, losses)) else sum(losses) / len(losses)

    def state_dict(self) -> dict[str, Any]:
        """The batches, if they are small and plain; else a resumed run takes its own first ones."""
        kept = self.batches if self.settled and _is_plain(self.batches) else []
        tensors = _tensors(kept)
        small = sum(tensor.numel() * tensor.element_size() for tensor in tensors) <= LARGEST_STATE
        return {
            "batches": tree_map(lambda tensor: tensor.cpu(), kept) if small else [],
            "kept": small and bool(kept),
        }

    def load_state_dict(self, state: dict[str, Any], device: torch.device | None) -> bool:
        """Take the batches of an earlier run; False when it could not keep them."""
        if not state["kept"]:
            return False
        self.batches = tree_map(lambda tensor: tensor.to(device), state["batches"])
        self.settled = True
        return True


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards flags, buffers and random generators are as before."""
    flags = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        with own_randomness(), torch.no_grad():
            model.eval()
            yield
    finally:
        for module, was in flags:
            module.training = was
        with torch.no_grad():
            for buffer, before in buffers:
                if not torch.equal(buffer, before):
                    buffer.copy_(before)


def _tensors(tree: Any) -> list[Tensor]:
    found: list[Tensor] = []
    tree_map(found.append, tree)
    return found


def _is_plain(tree: Any) -> bool:
    """Whether `torch.load(weights_only=True)` reads it back."""
    if type(tree) in (list, tuple):
        return all(map(_is_plain, tree))
    if type(tree) is dict:
        return all(type(key) is str and _is_plain(value) for key, value in tree.items())
    return tree is None or type(tree) in (Tensor, int, float, bool, str)
