# SPDX-License-Identifier: Apache-2.0
"""The numbers of several models of one structure, stacked: a row for each arm.

All trained parameters of one group of the optimiser lie side by side in one block of shape (arms, numbers). So an
optimiser's step, a gradient's norm and its clipping are a few calls for all arms and layers, whatever their number.
Each model's own parameters and buffers become views of its row: a model can be asked for its state, or be evaluated by
itself, at any time.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class Arms:
    """Stacked models.

    Args:
        models: of one structure; their parameters and buffers are views of the stack from now on.
        groups: the names of the trained parameters in each group of the optimiser.

    Attributes:
        blocks: the trained parameters, one tensor of shape (arms, numbers) for each group.
        gradients: of the same shapes.
        trained: each trained parameter by name, of shape (arms, *), a leaf that is a view of its block.
        fixed: frozen parameters and buffers by name, of shape (arms, *).
    """

    def __init__(self, models: Sequence[nn.Module], groups: Sequence[Sequence[str]]) -> None:
        self.models, self.groups = list(models), groups
        own = [dict(model.named_parameters()) for model in models]
        self._shapes = {name: parameter.shape for name, parameter in own[0].items()}
        self.blocks = [
            torch.stack([torch.cat([each[name].detach().reshape(-1) for name in names]) for each in own])
            for names in groups
        ]
        inside = {name for names in groups for name in names}
        self.fixed = {name: _stacked(each[name] for each in own) for name in own[0] if name not in inside}
        for name, _ in models[0].named_buffers():
            self.fixed[name] = _stacked(model.get_buffer(name) for model in models)
        self._look_at_rows()

    def __len__(self) -> int:
        return len(self.models)

    def __getitem__(self, name: str) -> Tensor:
        """A parameter or buffer of all arms, of shape (arms, *)."""
        return self.trained[name] if name in self.trained else self.fixed[name]

    def take_gradients(self, found: Sequence[Tensor]) -> None:
        """Write the gradients of `trained`, in its order, into the blocks of gradients."""
        left = iter(found)
        for names, gradient in zip(self.groups, self.gradients, strict=True):
            torch.cat([next(left).reshape(len(self), -1) for _ in names], dim=1, out=gradient)

    def keep(self, rows: Sequence[int]) -> None:
        """Take all other arms out of the stack; their models keep what they hold."""
        picked = torch.as_tensor(rows, device=self.blocks[0].device)
        self.models = [self.models[row] for row in rows]
        self.blocks = [block[picked] for block in self.blocks]
        self.fixed = {name: tensor[picked] for name, tensor in self.fixed.items()}
        self._look_at_rows()

    def spans(self, group: int) -> Iterator[tuple[str, slice]]:
        """Where each parameter of a group lies in the group's block."""
        names = self.groups[group]
        ends = [0]
        for name in names:
            ends.append(ends[-1] + self._shapes[name].numel())
        return ((name, slice(*span)) for name, span in zip(names, pairwise(ends), strict=True))

    def _look_at_rows(self) -> None:
        """Make the leaves, and the models' own tensors, views of the stack."""
        self.gradients = [torch.zeros_like(block) for block in self.blocks]
        self.trained: dict[str, Tensor] = {}
        for group, block in enumerate(self.blocks):
            for name, span in self.spans(group):
                view = block[:, span].view(len(self), *self._shapes[name])
                self.trained[name] = view.detach().requires_grad_()
        for row, model in enumerate(self.models):
            for name, parameter in model.named_parameters():
                parameter.data = self[name].detach()[row]
            for name, _ in list(model.named_buffers()):
                owner, _, leaf = name.rpartition(".")
                setattr(model.get_submodule(owner), leaf, self.fixed[name][row])


def _stacked(tensors: Iterable[Tensor]) -> Tensor:
    return torch.stack([tensor.detach() for tensor in tensors])
