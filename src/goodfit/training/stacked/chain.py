# SPDX-License-Identifier: Apache-2.0
"""A chain of linear layers as batched matrix products: what nn.Sequential does, for all arms at once.

Small networks spend their time on calls, not on arithmetic, and a batched product takes the calls of one arm for
all. Known are nested nn.Sequential of Linear, goodfit's dropout (a layer of its own or attached to a Linear), BatchNorm1d over features,
Flatten, and activations that work element by element; any other model is mapped (`mapped.py`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from goodfit.nn import Dropout, attached
from goodfit.training.stacked.arms import Arms
from goodfit.training.stacked.draws import Draws

_ELEMENTWISE = (
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.GELU,
    nn.SiLU,
    nn.Tanh,
    nn.Sigmoid,
    nn.Softplus,
    nn.Hardtanh,
    nn.ReLU6,
    nn.Identity,
)
_Link = Callable[[Tensor, bool], Tensor]  # (numbers of shape (arms, examples, *), whether in training mode)


class Chain:
    """The arms' models as a chain."""

    def __init__(self, links: list[_Link]) -> None:
        self._links = links

    def __call__(self, inputs: Any, *, training: bool) -> Tensor:
        """Outputs of shape (arms, examples, *) for inputs of such a shape."""
        x: Tensor = inputs
        for link in self._links:
            x = link(x, training)
        return x


def as_chain(model: nn.Module, arms: Arms, draws: Draws) -> Chain | None:
    """The chain that computes what `model`, one of the arms, computes; None where it is no such chain."""
    links = list[_Link]()
    known = _add(links, model, "", _Parts(arms, draws, {m: path for path, m in model.named_modules()}))
    return Chain(links) if known else None


class _Parts:
    """What the links of a chain look at."""

    def __init__(self, arms: Arms, draws: Draws, paths: dict[nn.Module, str]) -> None:
        self.arms, self.draws, self.paths = arms, draws, paths

    def name(self, layer: nn.Module, leaf: str) -> str:
        """The dotted name of a layer's parameter or buffer, as the stack knows it."""
        return f"{self.paths[layer]}.{leaf}".lstrip(".")


def _add(links: list[_Link], module: nn.Module, path: str, parts: _Parts) -> bool:
    """Add the links of a module; False where it is none that is known."""
    before, after = attached(module, "input"), attached(module, "output")
    hooks = len(module._forward_pre_hooks) + len(module._forward_hooks)  # noqa: SLF001 - no public way to ask
    if hooks != sum(each is not None for each in (before, after)):
        return False
    if before is not None and not _add(links, before, "", parts):
        return False
    if type(module) is nn.Sequential:
        if not all(_add(links, child, f"{path}.{name}", parts) for name, child in module.named_children()):
            return False
    else:
        link = _link(module, parts)
        if link is None:
            return False
        links.append(link)
    return after is None or _add(links, after, "", parts)


def _link(module: nn.Module, parts: _Parts) -> _Link | None:
    if type(module) is nn.Linear:
        bias = parts.name(module, "bias") if module.bias is not None else None
        return partial(_linear, parts.arms, parts.name(module, "weight"), bias)
    if type(module) is Dropout:
        return partial(_drop, parts.draws, parts.paths[module])
    if type(module) is nn.Flatten and (module.start_dim, module.end_dim) == (1, -1):
        return lambda x, _: x.flatten(2)
    if type(module) is nn.BatchNorm1d and module.affine and module.track_running_stats:
        names = {leaf: parts.name(module, leaf) for leaf in ("weight", "bias", *dict(module.named_buffers()))}
        return None if module.momentum is None else partial(_batch_norm, parts.arms, names, module)
    return (lambda x, _: module(x)) if type(module) in _ELEMENTWISE else None


def _linear(arms: Arms, weight: str, bias: str | None, x: Tensor, _: bool) -> Tensor:
    rows = x if x.dim() == 3 else x.reshape(len(arms), -1, x.shape[-1])  # noqa: PLR2004 - arms, examples, features
    out: Tensor = _Linear.apply(rows, arms[weight], None if bias is None else arms[bias])  # type: ignore[no-untyped-call]
    return out if rows is x else out.view(*x.shape[:-1], out.shape[-1])


def _drop(draws: Draws, path: str, x: Tensor, training: bool) -> Tensor:
    factors = draws.factors(path, x.shape[1:], x) if training else None
    return x if factors is None else x * factors


def _batch_norm(arms: Arms, names: dict[str, str], norm: nn.BatchNorm1d, x: Tensor, training: bool) -> Tensor:
    """Every feature of every arm is a channel of one batch norm."""
    if x.dim() != 3:  # noqa: PLR2004 - arms, examples, features
        raise ValueError(f"a chain's batch norm takes inputs of shape (n, features), but got {x.shape[1:]}")
    flat = {leaf: arms[name].flatten() for leaf, name in names.items()}
    if training:
        arms[names["num_batches_tracked"]].add_(1)
    rows = x.transpose(0, 1).flatten(1)
    out = functional.batch_norm(
        rows,
        flat["running_mean"],
        flat["running_var"],
        flat["weight"],
        flat["bias"],
        training=training,
        momentum=norm.momentum or 0.0,
        eps=norm.eps,
    )
    return out.view(x.shape[1], len(arms), -1).transpose(0, 1)


class _Linear(torch.autograd.Function):
    """A linear layer of each arm; the gradient of a weight has the weight's own layout, so that it is copied once."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        if bias is None:
            return torch.bmm(x, weight.mT)
        return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        return (
            torch.bmm(grad, weight) if ctx.needs_input_grad[0] else None,
            torch.bmm(grad.mT, x) if ctx.needs_input_grad[1] else None,
            grad.sum(1) if ctx.needs_input_grad[2] else None,
        )
