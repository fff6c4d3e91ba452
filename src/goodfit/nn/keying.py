# SPDX-License-Identifier: Apache-2.0
"""Keying makes all dropout of a model reproducible, and comparable between models that differ in their rates.

keys = key_dropouts_(model, seed=7)
for step, (x, y) in enumerate(batches):
    keys.step = step
    loss(model(x), y).backward()
"""

from typing import cast

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from goodfit.nn.dropout import Dropout
from goodfit.nn.keyed import Keyed
from goodfit.nn.keys import MaskKeys, layer_key


def key_dropouts_(model: nn.Module, seed: int) -> MaskKeys:
    """Make every torch.nn.Dropout of `model` draw its masks from `seed`, its dotted name, the step and the call.

    Each exact torch.nn.Dropout becomes a goodfit.nn.Dropout in place: the object itself stays, and with it
    its names, hooks, sharing, rate and training flag; state-dict keys do not change. All dropouts
    that are goodfit's already are keyed anew. Other sources of dropout (Dropout2d, other subclasses, recurrent and
    attention layers with a rate) keep torch's randomness and are named in `MaskKeys.left_alone`.

    Args:
        model: changed in place.
        seed: the run's seed; arms of one comparison share it.

    Returns:
        The keys; the training loop sets their `step`.
    """
    modules = [(path.replace("_orig_mod.", ""), module) for path, module in model.named_modules()]
    keyed = [
        (path, module) for path, module in modules if type(module) is nn.Dropout or isinstance(module, Keyed)
    ]
    names = {path for path, _ in keyed}
    keys = MaskKeys(seed, left_alone=(p for p, m in modules if p not in names and _drops(m)))
    for path, module in keyed:
        # As torch's own parametrize does: the object, and all that refers to it, stays.
        if type(module) is nn.Dropout:
            module.__class__ = Dropout
        cast("Keyed", module).key(keys, layer_key(path))
    return keys


def _drops(module: nn.Module) -> bool:
    """Whether a module that is not keyed may drop something."""
    if isinstance(module, _DropoutNd):
        return True
    return isinstance(module, nn.RNNBase | nn.MultiheadAttention) and module.dropout > 0
