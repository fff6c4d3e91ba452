# SPDX-License-Identifier: Apache-2.0
"""Dropout that is called only in training is seen by passing the example through a copy in training mode.

    if self.training:
        x = F.dropout(x, 0.3)      # a pass in evaluation mode never comes here

Only modules that goodfit does not know are put in training mode: batch norm would refuse a batch of one.
"""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from goodfit.surgery.kinds import kind_of
from goodfit.surgery.trace import Call, Watch, passed
from goodfit.values import LayerKind


def train_mode_calls(model: nn.Module, example: Any, layers: Mapping[nn.Module, str]) -> tuple[Call, ...]:
    """What runs in training mode, in order; () where the model cannot be copied or takes other inputs then.

    Args:
        model: left as it was, for a forward pass in training mode may change buffers and weights.
        example: one batch as the model takes it.
        layers: the modules to watch (module to dotted name).
    """
    devices = {parameter.device for parameter in model.parameters() if parameter.device.type == "cuda"}
    try:
        copied = copy.deepcopy(model).eval()
        for module in copied.modules():
            module.training = kind_of(module) is LayerKind.OTHER
        watch = Watch({copied.get_submodule(path): path for path in layers.values()}, example)
        with torch.random.fork_rng(devices=sorted(devices, key=str)):
            passed(copied, copy.deepcopy(example), watch)
    except Exception:  # noqa: BLE001 - whatever the model's own code raises: in training it may want targets too
        return ()
    return tuple(watch.calls)


def with_train_calls(seen: Sequence[Call], trained: Sequence[Call]) -> tuple[Call, ...]:
    """Add to the calls of a pass the functions that ran in training mode only, in front of the same layer."""
    known = Counter(_followed(seen))
    calls = list(seen)
    for called, follower in _followed(trained):
        if known[called, follower]:
            known[called, follower] -= 1
            continue
        at = next((place for place, each in enumerate(calls) if follower and each == follower), len(calls))
        calls.insert(at, called)
    return tuple(calls)


def _followed(calls: Sequence[Call]) -> Iterator[tuple[Call, Call | None]]:
    """Each function call, with the layer that runs after it."""
    follower: Call | None = None
    found: list[tuple[Call, Call | None]] = []
    for each in reversed(calls):
        if each.function is None:
            follower = each
        else:
            found.append((each, follower))
    return reversed(found)
