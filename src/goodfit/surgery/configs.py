# SPDX-License-Identifier: Apache-2.0
"""Which field of a transformers configuration feeds which rate is found by building the model again, without numbers.

    model.config.hidden_dropout_prob  ->  bert.embeddings.dropout, bert.encoder.layer.0.output.dropout, ...

`save_pretrained` writes the configuration and not the rates of the live modules, so an edit of the modules alone
would be lost at `from_pretrained`. On torch's meta device a model is built from a configuration in which every field
named after dropout has a value of its own; the rates of its modules then name the field they came from.
"""

import copy
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import torch
from torch import nn

from goodfit.surgery.holders import FIRST, STEP, Held
from goodfit.surgery.rates import held


def has_config(model: nn.Module) -> bool:
    """Whether a model is one of transformers', asked by what it offers: the package is not imported."""
    return hasattr(model, "save_pretrained") and hasattr(getattr(model, "config", None), "to_dict")


def fields_of(model: nn.Module, rates: Iterable[Held], *, unset: bool) -> dict[Held, str]:
    """The configuration field that each rate comes from; a rate that comes from none, or from two, is left out.

    Args:
        model: one for which `has_config` holds; left as it was.
        rates: what holds the rates: dotted name of a module, and its attribute.
        unset: whether fields that are None take part; a rate that falls back to another field then shows its own.
    """
    config: Any = copy.deepcopy(model.config)
    values: Mapping[float, str] = {
        FIRST + STEP * number: name for number, name in zip(count(), _fields(config, unset=unset))
    }
    for value, name in values.items():
        setattr(config, name, value)
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            again = type(model)(config)
    except Exception:  # noqa: BLE001 - whatever the constructor raises: it may want more than a configuration
        return {}
    found: dict[Held, str] = {}
    for path, attribute in rates:
        try:
            value = held(again.get_submodule(path), attribute)
        except AttributeError:
            continue
        if isinstance(value, float) and value in values:
            found[path, attribute] = values[value]
    return found


def _fields(config: Any, *, unset: bool) -> list[str]:
    """The fields that are named after dropout and hold a rate, or nothing yet."""
    return [
        name
        for name, value in vars(config).items()
        if "drop" in name
        and ((isinstance(value, int | float) and not isinstance(value, bool)) or (unset and value is None))
    ]
