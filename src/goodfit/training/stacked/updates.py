# SPDX-License-Identifier: Apache-2.0
"""The optimisers' steps of all arms: one optimiser of the user's kind for all arms that have the same settings.

Updates that work element by element do the same to stacked numbers as to each arm's own. Each arm's own optimiser
stays beside it, untouched, as the place where its schedule and its treatments write their numbers; they are read from there
once an epoch. Where torch has its update in one kernel (`fused=True`), that is used: it differs in the last digits only.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, optim

from goodfit.surgery.edits.l1 import soft_threshold_of
from goodfit.surgery.edits.weight_decay import KEY, decay_of
from goodfit.training.session import Session
from goodfit.training.stacked.arms import Arms

ELEMENTWISE = (
    optim.SGD,
    optim.Adam,
    optim.AdamW,
    optim.Adamax,
    optim.NAdam,
    optim.RAdam,
    optim.RMSprop,
    optim.Adadelta,
)
"""Optimisers whose update of a number looks at that number's own gradients and past alone."""
_IN_ONE_KERNEL = (optim.SGD, optim.Adam, optim.AdamW)
_NO_SETTINGS = ("params", "param_names", "foreach", "fused")


@dataclass(slots=True)
class _Alike:
    """Neighbouring arms whose optimisers have the same settings.

    Of each group of the optimiser: what weights are multiplied by before a step, and how far they are moved towards
    zero after it, of shape (numbers,); None where a treatment asks for neither.
    """

    sessions: list[Session]
    optimizer: optim.Optimizer
    kept: list[Tensor | None]
    moved: list[Tensor | None]


def settings_of(session: Session) -> str:
    """All that decides how an arm's optimiser goes on, as text: arms with the same text share one."""
    own, decay, threshold = (
        session.optimizer,
        decay_of(session.optimizer),
        soft_threshold_of(session.optimizer),
    )
    groups = [sorted((k, repr(v)) for k, v in g.items() if k not in _NO_SETTINGS) for g in own.param_groups]
    return repr((groups, session.epochs, decay and decay.edit, threshold and threshold.edit))


class Updates:
    """The optimisers of the arms that `sessions` belong to; arms with the same settings have to be neighbours."""

    def __init__(self, arms: Arms, sessions: Sequence[Session]) -> None:
        self._arms = arms
        self._alike = [
            _Alike(each, _made_like(each[0].optimizer, arms), [], [])
            for each in (list(same) for _, same in groupby(sessions, settings_of))
        ]
        self._give_rows()
        self.read_settings()

    def step(self) -> None:
        """Move all arms by their gradients."""
        for alike in self._alike:
            for group, kept in zip(alike.optimizer.param_groups, alike.kept, strict=True):
                if kept is not None:
                    group["params"][0].mul_(kept)
            alike.optimizer.step()
            for group, moved in zip(alike.optimizer.param_groups, alike.moved, strict=True):
                if moved is not None:
                    weights = group["params"][0]
                    weights.copy_(weights.sign() * (weights.abs() - moved).clamp_(min=0))

    def read_settings(self) -> None:
        """Take over what schedules have written into the arms' own optimisers."""
        for alike in self._alike:
            own = alike.sessions[0].optimizer
            decay, threshold = decay_of(own), soft_threshold_of(own)
            alike.kept, alike.moved = [], []
            for place, (group, theirs) in enumerate(
                zip(alike.optimizer.param_groups, own.param_groups, strict=True)
            ):
                group.update({name: value for name, value in theirs.items() if name not in _NO_SETTINGS})
                shrinks = decay is not None and place in decay.groups
                factor = 1 - theirs["lr"] * theirs[KEY] if shrinks else 1.0
                if shrinks:
                    group[KEY] = 0.0
                chosen = decay.weights if decay is not None and shrinks else set()
                alike.kept.append(self._spread(alike, place, chosen, factor, 1.0))
                move = theirs["lr"] * threshold.edit.after if threshold is not None else 0.0
                chosen = threshold.weights if threshold is not None else set()
                alike.moved.append(self._spread(alike, place, chosen, move, 0.0))

    def give_back(self) -> None:
        """Write what each arm's optimiser would remember into its own one, so that the arm can go on alone."""
        for alike in self._alike:
            for row, session in enumerate(alike.sessions):
                own = dict(session.model.named_parameters())
                for place, group in enumerate(alike.optimizer.param_groups):
                    state = alike.optimizer.state.get(group["params"][0], {})
                    for name, span in self._arms.spans(place):
                        session.optimizer.state[own[name]] = {
                            key: _part(value, row, span, own[name].shape) for key, value in state.items()
                        }

    def keep(self, rows: Sequence[int], sessions: Sequence[Session]) -> None:
        """Take all arms but those in `rows`, which `sessions` belong to, out; to be called after the arms' own `keep`."""
        left, start, kept = {id(session) for session in sessions}, 0, set(rows)
        for alike in self._alike:
            size = len(alike.sessions)
            mine = [row - start for row in range(start, start + size) if row in kept]
            for state in alike.optimizer.state.values():
                for name, value in state.items():
                    if isinstance(value, Tensor) and value.dim():
                        state[name] = value[mine]
            alike.sessions = [session for session in alike.sessions if id(session) in left]
            start += size
        self._alike = [alike for alike in self._alike if alike.sessions]
        self._give_rows()

    def _give_rows(self) -> None:
        """Let each optimiser hold its arms' rows of the blocks, with the state that it had for them."""
        start = 0
        for alike in self._alike:
            rows = slice(start, start + len(alike.sessions))
            for place, group in enumerate(alike.optimizer.param_groups):
                state = alike.optimizer.state.pop(group["params"][0], None)
                weights = self._arms.blocks[place][rows]
                weights.grad = self._arms.gradients[place][rows]
                group["params"] = [weights]
                if state is not None:
                    alike.optimizer.state[weights] = state
            start = rows.stop

    def _spread(
        self, alike: _Alike, place: int, chosen: set[int], value: float, other: float
    ) -> Tensor | None:
        """`value` at the numbers of the chosen weights of a group, `other` at the rest; None without chosen ones."""
        own, block = dict(alike.sessions[0].model.named_parameters()), self._arms.blocks[place]
        spans = [span for name, span in self._arms.spans(place) if id(own[name]) in chosen]
        if not spans:
            return None
        spread = torch.full((block.shape[1],), other, dtype=block.dtype, device=block.device)
        for span in spans:
            spread[span] = value
        return spread


def _part(value: Any, row: int, span: slice, shape: torch.Size) -> Any:
    """What one arm's optimiser remembers of one parameter."""
    if not isinstance(value, Tensor):
        return value
    return value[row, span].reshape(shape).clone() if value.dim() else value.clone()


def _made_like(own: optim.Optimizer, arms: Arms) -> optim.Optimizer:
    """An optimiser with the settings of an arm's own, on stacked numbers that it is given rows of later."""
    kind: Any = type(own)
    accepted = inspect.signature(kind).parameters
    given = {k: v for k, v in own.defaults.items() if k in accepted and k not in ("fused", "foreach")}
    floating = all(block.dtype in (torch.float32, torch.float64) for block in arms.blocks)
    if kind in _IN_ONE_KERNEL and floating and not given.get("differentiable"):
        given["fused"] = True
    groups = [{"params": [block[:1].clone()]} for block in arms.blocks]
    made: optim.Optimizer = kind(groups, **given)
    return made
