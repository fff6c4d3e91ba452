# SPDX-License-Identifier: Apache-2.0
"""All of a model that surgery may touch, as values that can be compared."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from goodfit.surgery.trace import call, tensors_of
from goodfit.surgery.verification import same_bits

ATTACHED = ("input_dropout", "output_dropout", "weight_drop")
"""How the children are called that an insertion adds."""


def look(model: nn.Module) -> list[Any]:
    """All of a model that an edit may touch: modules, flags, rates wherever they live, hooks and numbers."""
    modules = [
        (
            name,
            type(module),
            module.training,
            list(_plain(module)),
            [type(hook) for hook in module._forward_pre_hooks.values()],  # noqa: SLF001 - what is to be compared
            list(module._forward_pre_hooks_with_kwargs.values()),  # noqa: SLF001 - the same
            [type(hook) for hook in module._forward_hooks.values()],  # noqa: SLF001 - the same
        )
        for name, module in model.named_modules()
    ]
    numbers = {name: tensor.tolist() for name, tensor in model.state_dict().items()}
    return [modules, numbers]


def _plain(module: nn.Module) -> Iterator[tuple[str, Any]]:
    """Numbers and texts that a module holds, also inside a configuration."""
    for name, value in vars(module).items():
        if name.startswith("_"):
            continue
        if isinstance(value, int | float | str):
            yield name, value
        elif not isinstance(value, nn.Module | torch.Tensor):
            held = value if isinstance(value, Mapping) else getattr(value, "__dict__", {})
            yield from ((f"{name}.{each}", v) for each, v in held.items() if isinstance(v, int | float | str))


def ties(model: nn.Module) -> tuple[list[str], list[str]]:
    """The first name of each module and parameter under each of its names, leaving inserted dropout out."""
    modules = {module: name for name, module in reversed(list(model.named_modules()))}
    listed = [modules[module] for name, module in model.named_modules(remove_duplicate=False)]
    parameters = {p: name for name, p in reversed(list(model.named_parameters()))}
    tied = [parameters[p] for _, p in model.named_parameters(remove_duplicate=False)]
    return [name for name in listed if not name.endswith(ATTACHED)], tied


def out(model: nn.Module, example: Any) -> list[torch.Tensor]:
    """The tensors that a model gives for a batch."""
    return list(tensors_of(call(model, example)))


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    """Whether two outputs are equal bit for bit."""
    return len(a) == len(b) and all(map(same_bits, a, b))
