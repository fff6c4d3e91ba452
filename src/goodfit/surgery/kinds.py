# SPDX-License-Identifier: Apache-2.0
"""A torch module is put into one of the families that decide where a remedy goes; subclasses count."""

from typing import Any

from torch import nn
from torch.nn.modules import activation, batchnorm, conv, dropout, instancenorm

from goodfit.values import LayerKind

# The first match decides, so attention stands before the activations whose file it shares.
_FAMILIES: tuple[tuple[LayerKind, tuple[type[nn.Module], ...]], ...] = (
    (LayerKind.LINEAR, (nn.Linear,)),
    (LayerKind.CONVOLUTION, (conv._ConvNd,)),  # noqa: SLF001 - the only common base of the nine
    (LayerKind.BATCH_NORM, (batchnorm._BatchNorm,)),  # noqa: SLF001 - the same
    (
        LayerKind.NORM,
        (nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.LocalResponseNorm, instancenorm._InstanceNorm),  # noqa: SLF001
    ),
    (LayerKind.DROPOUT, (dropout._DropoutNd,)),  # noqa: SLF001 - the same
    (LayerKind.RECURRENT, (nn.RNNBase, nn.RNNCellBase)),
    (LayerKind.ATTENTION, (nn.MultiheadAttention,)),
    (LayerKind.EMBEDDING, (nn.Embedding, nn.EmbeddingBag)),
)
_INPUTS = ("in_features", "in_channels", "num_features", "input_size", "num_embeddings", "embed_dim")
_OUTPUTS = ("out_features", "out_channels", "num_features", "hidden_size", "embedding_dim", "embed_dim")


def kind_of(module: nn.Module) -> LayerKind:
    """The family of a module; OTHER when goodfit knows none."""
    for kind, types in _FAMILIES:
        if isinstance(module, types):
            return kind
    mro_files = {base.__module__ for base in type(module).__mro__}
    return LayerKind.ACTIVATION if activation.__name__ in mro_files else LayerKind.OTHER


def sizes_of(module: nn.Module) -> tuple[int | None, int | None]:
    """Features or channels that go in and come out, where the module says so."""
    return _first_int(module, _INPUTS), _first_int(module, _OUTPUTS)


def rate_attribute(module: nn.Module) -> str:
    """The attribute that holds a module's drop probability, "" where it has none that does something."""
    kind = kind_of(module)
    if kind is LayerKind.DROPOUT:
        return "p"
    if kind is LayerKind.ATTENTION or (stacked_in(module) or 0) > 1:
        return "dropout"
    return ""  # with one recurrent layer torch's dropout= does nothing: it acts between layers only


def rate_of(module: nn.Module) -> float | None:
    """The drop probability of a module that drops by itself, None for any other."""
    attribute = rate_attribute(module)
    rate: Any = getattr(module, attribute, None) if attribute else None
    return None if rate is None else float(rate)


def stacked_in(module: nn.Module) -> int | None:
    """How many layers a recurrent module stacks; None for any other module."""
    layers = getattr(module, "num_layers", None) if isinstance(module, nn.RNNBase) else None
    return layers if isinstance(layers, int) else None


def _first_int(module: nn.Module, names: tuple[str, ...]) -> int | None:
    found = (getattr(module, name, None) for name in names)
    return next((value for value in found if isinstance(value, int)), None)
