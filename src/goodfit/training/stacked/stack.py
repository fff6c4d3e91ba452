# SPDX-License-Identifier: Apache-2.0
"""All that a stack of trainings holds while it runs, and one step of it."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.training.losses import share_of_batch
from goodfit.training.session import Session
from goodfit.training.splits import Pool
from goodfit.training.stacked.arm_losses import arm_losses
from goodfit.training.stacked.arms import Arms
from goodfit.training.stacked.batches import Batch, Batches
from goodfit.training.stacked.chain import as_chain
from goodfit.training.stacked.draws import Draws
from goodfit.training.stacked.mapped import Mapped
from goodfit.training.stacked.updates import Updates
from goodfit.training.tree import tree_map

_TINY = 1e-6  # beside the norm, as in torch.nn.utils.clip_grad_norm_


class Stack:
    """Trainings of one structure, in lockstep; arms whose optimisers have the same settings have to be neighbours."""

    def __init__(self, pool: Pool, sessions: Sequence[Session]) -> None:
        self.sessions = list(sessions)
        self.arms = Arms([session.model for session in sessions], _groups(sessions[0]))
        self.draws = Draws(sessions)
        self.updates = Updates(self.arms, sessions)
        self.batches = Batches(pool.examples, sessions)
        model = sessions[0].model
        self.chain = as_chain(model, self.arms, self.draws)
        self._mapped = Mapped(model, self.arms, self.draws) if self.chain is None else None
        self.steps = 0

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these arms alone."""
        self.sessions = [self.sessions[row] for row in rows]
        self.arms.keep(rows)
        self.draws.keep(self.sessions)
        self.updates.keep(rows, self.sessions)
        self.batches.keep(self.sessions)

    def forward(self, batch: Batch, *, training: bool) -> Any:
        """The arms' outputs, of shape (arms, examples, *)."""
        if self.chain is not None:
            return self.chain(batch.for_arms(batch.inputs), training=training)
        assert self._mapped is not None  # noqa: S101 - one of the two is there
        if batch.shared:
            alone = tree_map(lambda tensor: tensor[0], batch.inputs)
            return self._mapped(alone, training=training, shared=True)
        return self._mapped(batch.for_arms(batch.inputs), training=training, shared=False)

    def step(self, batch: Batch) -> tuple[list[float], list[float]]:
        """One step of every arm: (mean losses of the batch, gradient norms before clipping)."""
        self.begin_step()
        losses, norms = self.gradients(batch)
        clip = self.sessions[0].task.clip_norm
        if clip is not None:
            factors = (clip / (norms + _TINY)).clamp(max=1.0).unsqueeze(1)
            for gradient in self.arms.gradients:
                gradient.mul_(factors)
        self.updates.step()
        return losses.tolist(), norms.tolist()

    def begin_step(self) -> None:
        """Count a step; masks are drawn for it from now on."""
        self.steps += 1
        self.draws.begin(self.steps)
        for session in self.sessions:
            session.course.steps = self.steps

    def gradients(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Compute the arms' gradients: (mean losses, gradient norms), both of shape (arms,)."""
        outputs = self.forward(batch, training=True)
        losses = arm_losses(self.sessions, outputs, batch)
        self.arms.take_gradients(torch.autograd.grad(losses.sum(), list(self.arms.trained.values())))
        norms = [torch.linalg.vector_norm(gradient, dim=1) for gradient in self.arms.gradients]
        share = share_of_batch(self.sessions[0].task.loss, batch.size)
        return losses.detach() * share, torch.linalg.vector_norm(torch.stack(norms), dim=0)


def _groups(session: Session) -> list[list[str]]:
    names = {id(parameter): name for name, parameter in session.model.named_parameters()}
    return [[names[id(each)] for each in group["params"]] for group in session.optimizer.param_groups]


def is_held(model: nn.Module, optimizer: torch.optim.Optimizer) -> bool:
    """Whether an optimiser holds the trained parameters of a model, each once, and nothing else."""
    held = [id(each) for group in optimizer.param_groups for each in group["params"]]
    own = [id(each) for each in model.parameters() if each.requires_grad]
    return sorted(held) == sorted(own)
