# SPDX-License-Identifier: Apache-2.0
"""Dropout that is called only in training is seen by passing the example through a copy in training mode.

    if self.training:
        x = F.dropout(x, 0.3)      # a pass in evaluation mode never comes here

Only modules that goodfit does not know are put in training mode: batch norm would refuse a batch of one.
"""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from goodfit.surgery.holders import with_holders
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.trace import Call, Watch, passed
from goodfit.values import LayerKind


@dataclass(frozen=True, slots=True)
class _Passes:
    """Passes of one example through copies of one model, with the same random numbers each time."""

    model: nn.Module
    example: Any
    layers: Mapping[nn.Module, str]
    training: bool

    def copied(self) -> nn.Module:
        """A copy to run: a forward pass in training mode may change buffers and weights."""
        with torch.random.fork_rng(devices=[]):  # a copy that is built anew draws its weights
            return copy.deepcopy(self.model).eval()

    def run(self, copied: nn.Module) -> tuple[Call, ...]:
        """What runs, in order."""
        for module in copied.modules():
            module.training = self.training and kind_of(module) is LayerKind.OTHER
        devices = {p.device for p in self.model.parameters() if p.device.type == "cuda"}
        watch = Watch({copied.get_submodule(path): path for path in self.layers.values()}, self.example)
        with torch.random.fork_rng(devices=sorted(devices, key=str)):
            passed(copied, copy.deepcopy(self.example), watch)
        return tuple(watch.calls)


def train_mode_calls(model: nn.Module, example: Any, layers: Mapping[nn.Module, str]) -> tuple[Call, ...]:
    """What runs in training mode, in order, with what holds the rates of functions that drop.

    Where the model takes other inputs in training mode, what runs in evaluation mode; () where the model
    cannot be copied.

    Args:
        model: left as it was.
        example: one batch as the model takes it.
        layers: the modules to watch (module to dotted name).
    """
    for training in (True, False):
        passes = _Passes(model, example, layers, training)
        try:
            return with_holders(passes.run(passes.copied()), passes.copied, passes.run)
        except Exception:  # noqa: BLE001, S112 - whatever the model's own code raises: in training it may want targets too
            continue
    return ()


def with_train_calls(seen: Sequence[Call], trained: Sequence[Call]) -> tuple[Call, ...]:
    """Put the functions as training calls them into the calls of a pass, in front of the same layer.

    A function that both modes call has the rate of training; one that only training calls is added.
    """
    places = {place: at for at, place in _numbered(seen)}
    calls = list(seen)
    added: list[tuple[Call, Call | None]] = []
    for at, place in _numbered(trained):
        if place in places:
            calls[places[place]] = trained[at]
        else:
            added.append((trained[at], _follower(trained, at)))
    for called, follower in added:
        at = next((place for place, each in enumerate(calls) if follower and each == follower), len(calls))
        calls.insert(at, called)
    return tuple(calls)


_Place = tuple[str, str | None, str | None, int]


def _numbered(calls: Sequence[Call]) -> Iterator[tuple[int, _Place]]:
    """Each function call: its index, and who calls what in front of which layer, for the how manieth time."""
    times: Counter[tuple[str, str | None, str | None]] = Counter()
    for at, call in enumerate(calls):
        if call.function is not None:
            follower = _follower(calls, at)
            place = (call.path, call.function, follower.path if follower else None)
            yield at, (*place, times[place])
            times[place] += 1


def _follower(calls: Sequence[Call], at: int) -> Call | None:
    """The layer that runs after a call."""
    return next((each for each in calls[at + 1 :] if each.function is None), None)
