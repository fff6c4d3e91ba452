# SPDX-License-Identifier: Apache-2.0
"""Residual branches are left out at random, the later the more often (Huang et al. 2016, section 3, linear decay)."""

from collections.abc import Iterator
from math import isnan

from torch import nn

from goodfit.errors import SettingsError
from goodfit.nn import depth_rates
from goodfit.surgery.dataflow import Flow, read_flow
from goodfit.surgery.edits.stochastic_depth import inserted_depth
from goodfit.surgery.joins import Join, joins
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.plans._examples import example_for, without_example
from goodfit.surgery.plans._layer_lines import output_line
from goodfit.surgery.plans._request import Planned, Request
from goodfit.values import Edit, EditKind, LayerKind, Skip

_DIGITS = 4  # of a rate
_OTHERS = (
    "StochasticDepth",
    "DropPath",
    "BertDropPath",
    "SwinDropPath",
)  # of torchvision, timm, transformers
_FUSED = (
    "is inside torch's TransformerEncoderLayer, whose fused evaluation path is switched off by hooks: inference "
    "would change in its last bits"
)


def rate(value: float | None) -> float:
    """The probability with which the last branch is left out.

    Raises:
        SettingsError: it is not in [0, 1).
    """
    if value is None or isnan(value) or not 0 <= value < 1:
        raise SettingsError(f"a rate of {value} is not in [0, 1)", todo="give a rate such as 0.2")
    return float(value)


def planned(request: Request) -> Planned:
    """Give branch l of L the rate l / L of the dose."""
    example = example_for(request)
    if example is None:
        return without_example("residual branches are seen in a forward pass")
    flow = read_flow(request.model, example)
    found = joins(flow)
    edits: list[Edit] = []
    skipped: list[Skip] = []
    rates = depth_rates(len(found), request.dose) if found else ()
    for join, rate in zip(found, rates, strict=True):
        path = _carrier(flow, join)
        because = _against(request, flow, join, path)
        if path is None or because:
            skipped.append(Skip(path=path or f"(sum with {join.branch.said})", because=because or ""))
        else:
            edits.append(_edit(request.model, path, round(rate, _DIGITS)))
    return Planned(
        edits=tuple(edits),
        skipped=tuple(skipped),
        cause="no residual branch can be left out" if found else "the model has no residual branch",
        todo="choose another remedy",
    )


def _carrier(flow: Flow, join: Join) -> str | None:
    """The module whose output is that of the branch, up to dropout, scale and shape, and that runs once.

    It is the last layer of the branch; where that ends in a function, the module that gives what the function gave.
    """
    for step in join.through(flow):
        if step.path is not None and len(flow.runs[step.path]) == 1:
            return step.path
        ended = [path for path in flow.ended.get(step, ()) if _times(flow, path) == 1]
        if step.path is None and ended:
            return ended[0]
        dropped = step.module is not None and kind_of(step.module) is LayerKind.DROPOUT
        if not dropped and step.said not in _PASSING:
            return None
    return None


_PASSING = frozenset(("dropout", "contiguous", "view", "reshape", "mul", "getitem"))


def _times(flow: Flow, path: str) -> int:
    """How often a module gave an output."""
    return sum(paths.count(path) for paths in flow.ended.values())


def _against(request: Request, flow: Flow, join: Join, path: str | None) -> str | None:
    """Why a branch is not left out; None where it is."""
    if any(_drops_paths(request.model, flow, join)):
        return "has stochastic depth already"
    if path is None:
        return "no layer that runs once ends the branch"
    if not request.wanted(path):
        return "is not among the places prescribed"
    if any(isinstance(each, nn.TransformerEncoderLayer) for each in _around(request.model, path)):
        return _FUSED
    if inserted_depth(request.model.get_submodule(path)) is not None:
        return "has stochastic depth already"
    shape = join.branch.given[0]
    if flow.batch is not None and shape[:1] != (flow.batch,):
        return f"its output has shape {shape}, and not the {flow.batch} examples along its first axis"
    return None


def _around(model: nn.Module, path: str) -> Iterator[nn.Module]:
    """The modules that a layer is in, from the inside."""
    while path:
        path = path.rpartition(".")[0]
        yield model.get_submodule(path)


def _drops_paths(model: nn.Module, flow: Flow, join: Join) -> Iterator[bool]:
    """For each module that gave out just the branch: whether it is another library's stochastic depth."""
    for step in (join.branch, join.sum):
        for path in flow.ended.get(step, ()):
            yield type(model.get_submodule(path)).__name__ in _OTHERS


def _edit(model: nn.Module, path: str, rate: float) -> Edit:
    code = output_line(model, path, f"StochasticDepth({rate:g})", "branch")
    return Edit(
        path=path,
        kind=EditKind.STOCHASTIC_DEPTH,
        before=None,
        after=rate,
        code=f"from goodfit.nn import StochasticDepth\n{code}",
    )
