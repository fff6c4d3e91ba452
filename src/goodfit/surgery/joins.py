# SPDX-License-Identifier: Apache-2.0
"""Residual joins: sums of a branch and of what the branch was made from (He et al. 2016, equation 1 and 2).

x + f(x)           the branch is f(x), beside the identity
s(x) + f(x)        a shortcut s of at most one layer with weights, beside a branch of more
"""

from collections.abc import Iterator
from dataclasses import dataclass

from goodfit.surgery.dataflow import PARAMETER, Flow, Step, ancestors
from goodfit.surgery.kinds import kind_of
from goodfit.values import LayerKind

_ADDITIONS = frozenset(("add", "iadd", "radd"))
_NORMS = (LayerKind.BATCH_NORM, LayerKind.NORM, LayerKind.ACTIVATION)  # weights of theirs make no layer
_MATRIX = 2  # axes that a weight has at least; a scale or a bias has fewer


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """One residual join."""

    sum: Step
    branch: Step  # what made the branch's last tensor
    shortcut: Step  # what made the other operand

    def through(self, flow: Flow) -> tuple[Step, ...]:
        """The branch from its last step backwards, as long as nothing else reads what a step gave."""
        found: list[Step] = []
        reader, step = self.sum, self.branch
        while flow.readers(step) == (reader,) and not step.is_source:
            found.append(step)
            made = [each for each in dict.fromkeys(step.inputs) if not each.is_source]
            if len(made) != 1:
                break
            reader, step = step, made[0]
        return tuple(found)


def joins(flow: Flow) -> tuple[Join, ...]:
    """The residual joins of a forward pass, in the order they ran."""
    return tuple(_found(flow))


def _found(flow: Flow) -> Iterator[Join]:
    for step in flow.steps:
        if step.name.strip("_") not in _ADDITIONS or len(step.inputs) != len(set(step.inputs)):
            continue
        if len(step.inputs) == 2 and step.taken[0] == step.taken[1]:  # noqa: PLR2004 - a + b
            join = _join(flow, step)
            if join is not None:
                yield join


def _join(flow: Flow, step: Step) -> Join | None:
    a, b = step.inputs
    behind_a, behind_b = ancestors(a), ancestors(b)
    alone_a, alone_b = _layers(behind_a - behind_b), _layers(behind_b - behind_a)
    if a in behind_b and alone_b:
        return Join(step, branch=b, shortcut=a)
    if b in behind_a and alone_a:
        return Join(step, branch=a, shortcut=b)
    common = any(not each.is_source for each in behind_a & behind_b)
    if a in behind_b or b in behind_a or not common or not feeds_a_layer(flow, step):
        return None  # two towers of one input, and sums of logits, are no residual block
    if alone_a <= 1 < alone_b:
        return Join(step, branch=b, shortcut=a)
    return Join(step, branch=a, shortcut=b) if alone_b <= 1 < alone_a else None


def _layers(steps: set[Step]) -> int:
    """How many of these steps multiply by a matrix of weights."""
    return sum(map(_is_layer, steps))


def _is_layer(step: Step) -> bool:
    if step.module is not None:
        return kind_of(step.module) not in _NORMS and any(True for _ in step.module.parameters())
    return any(
        each.name == PARAMETER and len(each.given[0]) >= _MATRIX for each in step.inputs
    ) and not step.name.strip("_").startswith(("add", "mul"))


def feeds_a_layer(flow: Flow, step: Step) -> bool:
    """Whether a layer with weights reads what a step gave, directly or through others."""
    open_, seen = [step], {step}
    for each in open_:
        for reader in flow.readers(each):
            if _is_layer(reader):
                return True
            if reader not in seen:
                seen.add(reader)
                open_.append(reader)
    return False
