# SPDX-License-Identifier: Apache-2.0
"""Where randomness may sit: in the inputs, or in parts of a model that do not heed evaluation mode."""

import inspect
import re

import torch
from torch import Tensor, nn

from goodfit.probes._lab import Indices, Lab
from goodfit.training.tree import tree_map

READ_TWICE = 64  # examples; an augmentation that leaves so many alone does not matter
MOST_NAMED = 3
_DRAWS = re.compile(
    r"(?:\bF\.|functional\.|torch\.)\w*dropout\w*\(|\b(?:bernoulli|rand|randn|rand_like|randn_like|randint)\w*\("
)


def inputs_differ(lab: Lab, indices: Indices) -> bool:
    """Whether asking the data twice for the same examples gives other inputs."""
    few = lab.sample(indices, READ_TWICE)
    one, other = lab.examples(few)[0], lab.examples(few, turn=1)[0]
    differs = []

    def compare(a: Tensor, b: Tensor) -> Tensor:
        differs.append(a.shape != b.shape or not torch.equal(a, b))
        return a

    tree_map(compare, one, other)
    return any(differs)


def suspects(model: nn.Module) -> str:
    """A sentence that names the parts of a model that are random, or see the batch, in evaluation mode."""
    found = [
        f"{path or 'the model'} ({kind})" for path, part in model.named_modules() if (kind := _kind(part))
    ]
    if not found:
        return "No part could be named: look for random draws in forward() that do not ask self.training."
    rest = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"Suspects: {', '.join(found[:MOST_NAMED])}{rest}."


def _kind(part: nn.Module) -> str:
    """Why a part is suspected, or nothing."""
    name, ours = type(part).__name__, not type(part).__module__.startswith(("torch.", "goodfit."))
    if part.training and (ours or any(True for _ in part.parameters(recurse=False)) or "Drop" in name):
        return f"{name}, still in training mode after eval()"
    if isinstance(part, nn.modules.batchnorm._NormBase) and part.running_mean is None:  # noqa: SLF001 - torch's own base class
        return f"{name} without running statistics: it uses the batch's"
    drawn = _DRAWS.search(_code(part)) if ours else None
    return f"{name}.forward calls {drawn.group().rstrip('(')}" if drawn else ""


def _code(part: nn.Module) -> str:
    """The code of a part's forward, without the calls that ask self.training."""
    try:
        lines = inspect.getsource(type(part).forward).splitlines()
    except (OSError, TypeError):
        return ""
    return "\n".join(line for line in lines if "training" not in line)
