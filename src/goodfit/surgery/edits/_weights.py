# SPDX-License-Identifier: Apache-2.0
"""Which numbers of a model a penalty on weights is about: its matrices and kernels, not its biases and norms.

A bias or the scale of a norm is one number a unit: it adds no complexity worth a penalty, and a norm whose scale is
pulled towards zero shuts its layer (Goodfellow et al. 2016, section 7.1, on biases). Embeddings are penalised: in a
recommender they hold nearly all numbers and their penalty is the customary regulariser, and in a language model
they are often the decoder's weights as well.
"""

from collections.abc import Iterable

import torch
from torch import nn

from goodfit.errors import SurgeryError
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.wrappers import unwrapped
from goodfit.values import LayerKind

_NORMS = (LayerKind.BATCH_NORM, LayerKind.NORM)
_MATRIX = 2  # dimensions from which on a parameter joins units to units


def penalised(model: nn.Module) -> dict[str, nn.Parameter]:
    """The weights by their first dotted name, each once, however many layers share it; frozen ones are left out."""
    spared = {id(parameter) for parameter, _ in _spared(model)}
    return {name: each for name, each in unwrapped(model).named_parameters() if id(each) not in spared}


def spared(model: nn.Module) -> dict[str, str]:
    """The other parameters: dotted name to the reason why no penalty is on them."""
    names = {id(each): name for name, each in reversed(list(unwrapped(model).named_parameters()))}
    return {names[id(parameter)]: because for parameter, because in _spared(model)}


def chosen(model: nn.Module, names: Iterable[str], optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    """The weights that an edit is about, those that the optimiser trains.

    Args:
        model: whose weights they are.
        names: dotted names of parameters; none: all that are not spared.
        optimizer: what trains them.

    Raises:
        SurgeryError: a name is no parameter of the model, or the optimiser holds none of them.
    """
    held = {id(each) for group in optimizer.param_groups for each in group["params"]}
    every = dict(unwrapped(model).named_parameters(remove_duplicate=False))
    wanted = tuple(names)
    if unknown := [name for name in wanted if name not in every]:
        raise SurgeryError(
            "the model has no parameter of this name",
            where=unknown[0],
            todo="plan the treatment for this model",
        )
    found = [every[name] for name in wanted] if wanted else list(penalised(model).values())
    trained = [each for each in found if id(each) in held]
    if not trained:
        raise SurgeryError(
            "the optimiser holds none of the model's weights",
            where=f"{type(optimizer).__name__} for {type(unwrapped(model)).__name__}",
            todo="give the optimiser that was made from this model's parameters, after the model was moved or changed",
        )
    return trained


def _spared(model: nn.Module) -> list[tuple[nn.Parameter, str]]:
    found = {}
    for module in unwrapped(model).modules():
        norm = kind_of(module) in _NORMS
        for name, parameter in module.named_parameters(recurse=False):
            if because := _why_spared(name, parameter, type(module).__name__ if norm else ""):
                found[id(parameter)] = (parameter, because)
    return list(found.values())


def _why_spared(name: str, parameter: nn.Parameter, norm: str) -> str:
    if not parameter.requires_grad:
        return "is frozen"
    if norm:
        return "belongs to a norm"
    if "bias" in name:
        return "is a bias"
    return "" if parameter.dim() >= _MATRIX else "holds one number a unit"
