# SPDX-License-Identifier: Apache-2.0
"""What made which tensor from which: in place, views, containers, residual joins; and the model left as it was."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.surgery.dataflow import Flow, ancestors, read_flow
from goodfit.surgery.joins import joins
from goodfit.surgery.units import Units, units_of
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from structure_contract import BY_NAME, look


class _Net(nn.Module):
    """A forward pass that is given as a function of the model and its input."""

    def __init__(self, forward: Any) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.relu_ = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.5)
        self.run = forward

    def forward(self, x: Tensor) -> Any:
        """Whatever the function gives."""
        return self.run(self, x)


def _flow(forward: Any) -> Flow:
    torch.manual_seed(0)
    return read_flow(_Net(forward), torch.randn(3, 4))


def _reads(flow: Flow, path: str) -> dict[str, tuple[str, ...]]:
    return flow.layers_reading(flow.runs[path][0])


@pytest.mark.parametrize("case", ARCHITECTURES, ids=lambda case: case.name)
def test_a_model_is_left_as_it_was(case: Architecture) -> None:
    """Weights, flags, hooks and the random state stay; all tensors of the pass have a known maker."""
    torch.manual_seed(0)
    model = case.build().train()
    before, state = look(model), torch.get_rng_state()
    flow = read_flow(model, case.example())
    assert look(model) == before
    assert torch.equal(state, torch.get_rng_state())
    assert flow.blind is None
    assert flow.output
    assert all(step.name for step in flow.steps)


@pytest.mark.parametrize("case", ARCHITECTURES, ids=lambda case: case.name)
def test_all_that_runs_leads_from_the_input_to_the_output(case: Architecture) -> None:
    """Each layer that holds weights is behind the model's output, and each step after what made its inputs."""
    torch.manual_seed(0)
    flow = read_flow(case.build(), case.example())
    behind = set().union(*(ancestors(step) for step in flow.output))
    layers = [s for s in flow.steps if s.module is not None and any(True for _ in s.module.parameters())]
    assert layers
    assert [s.path for s in layers if s not in behind] == []
    order = {step: number for number, step in enumerate(flow.steps)}
    for step in flow.steps:
        assert all(each.is_source or order[each] < order[step] for each in step.inputs)


def test_functions_between_layers_are_named() -> None:
    """What a layer's output passes through on its way to the next is told in order."""
    flow = read_flow(BY_NAME["CNN"].build(), BY_NAME["CNN"].example())
    assert _reads(flow, "conv1") == {"conv2": ("relu",)}
    assert _reads(flow, "conv2") == {"fc1": ("relu", "max_pool2d", "flatten")}
    assert _reads(flow, "fc2") == {}


def test_operations_in_place_make_their_tensor_anew() -> None:
    """After x += y, x.relu_(), an assignment to a part, or a module in place, x is read through them."""

    def forward(m: _Net, x: Tensor) -> Tensor:
        h = m.a(x)
        h += m.b(x)
        h.relu_()
        h[:, 0] = 1.0
        m.relu_(h)
        out: Tensor = m.c(h)
        return out

    flow = _flow(forward)
    (c,) = flow.runs["c"]
    (relu,) = c.inputs
    assert relu.path == "relu_"
    assert relu.inputs[0].name == "__setitem__"
    assert relu.inputs[0].inputs[0].name == "relu_"
    assert relu.inputs[0].inputs[0].inputs[0].name in ("add_", "__iadd__")
    assert _reads(flow, "b") == {"relu_": ("add", "relu", "setitem")}


def test_a_change_through_a_view_changes_what_shares_its_storage() -> None:
    """A write into a view is seen by who reads the whole."""

    def forward(m: _Net, x: Tensor) -> Tensor:
        h = m.a(x)
        h.view(-1)[:3].add_(m.b(x).sum())
        out: Tensor = m.c(h)
        return out

    assert "c" in _reads(_flow(forward), "b")


def test_tensors_in_containers_are_followed() -> None:
    """Lists for cat, tuples from chunk, and dictionaries given by a module."""

    class Holding(nn.Module):
        def forward(self, h: dict[str, Tensor]) -> dict[str, list[Tensor]]:
            return {"both": [h["left"], h["right"] * 2]}

    def forward(m: Any, x: Tensor) -> Tensor:
        left, right = torch.cat([m.a(x), m.b(x)], dim=1).chunk(2, dim=1)
        both = m.holding({"left": left, "right": right})["both"]
        out: Tensor = m.c(both[0] + both[1])
        return out

    net = _Net(forward)
    net.holding = Holding()
    flow = read_flow(net, torch.randn(3, 4))
    assert _reads(flow, "a") == {"c": ("cat", "chunk", "add")}
    assert _reads(flow, "b") == _reads(flow, "a")


def test_code_that_cannot_be_followed_is_noticed() -> None:
    """A tensor that no function and no layer made is said to be unknown where it is read."""

    def forward(m: _Net, x: Tensor) -> Tensor:
        with torch._C.DisableTorchFunction():
            hidden = torch.relu(x)
        out: Tensor = m.a(hidden)
        return out

    assert _flow(forward).blind == "a"
    assert _flow(lambda m, x: m.a(x + torch.zeros(4))).blind is None


def test_an_example_that_does_not_fit_is_an_error() -> None:
    """The model's own message is in the error, and its hooks are gone."""
    net = _Net(lambda m, x: m.a(x))
    before = look(net)
    with pytest.raises(SurgeryError, match="RuntimeError: mat1 and mat2"):
        read_flow(net, torch.randn(3, 5))
    assert look(net) == before


BRANCHES = {
    "x + f(x)": (lambda m, x: m.c(x + m.b(torch.relu(m.a(x)))), ["b"]),
    "f(x) + x": (lambda m, x: m.c(m.b(torch.relu(m.a(x))) + x), ["b"]),
    "torch.add": (lambda m, x: m.c(torch.add(x, m.a(x))), ["a"]),
    "dropout": (lambda m, x: m.c(x + m.drop(m.a(x))), ["drop"]),
    "two in a row": (lambda m, x: m.c((h := x + m.a(x)) + m.b(h)), ["a", "b"]),
    "gelu by hand": (lambda m, x: m.c((h := m.a(x)) * (1 + torch.tanh(h + 0.04 * h.pow(3)))), []),
    "a constant": (lambda m, x: m.c(m.a(x) + torch.ones(3, 4)), []),
    "one input, two layers": (lambda m, x: m.c(m.a(x) + m.b(x)), []),
    "twice itself": (lambda m, x: m.c((h := m.a(x)) + h), []),
    "another shape": (lambda m, x: m.c(m.a(x) + m.b(x).mean(dim=1, keepdim=True)), []),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_residual_joins_are_told_from_other_sums(name: str) -> None:
    """A sum is a residual join where one operand comes from the other through a layer."""
    forward, expected = BRANCHES[name]
    assert [join.branch.said for join in joins(_flow(forward))] == expected


def test_shortcuts_with_a_projection_are_told_from_branches() -> None:
    """In a ResNet the shortcut may hold one convolution; the branch holds more."""
    case = BY_NAME["ResNet-like"]
    found = joins(read_flow(case.build(), case.example()))
    assert [(join.branch.said, join.shortcut.said) for join in found] == [
        ("layer1.0.bn2", "stem.2"),
        ("layer1.1.bn2", "layer1.0.relu"),
        ("layer2.0.bn2", "layer2.0.downsample.1"),
    ]


UNITS = {
    "view": (lambda m, x: m.c(m.a(x).view(3, 2, 2).flatten(1)), None),
    "unsqueeze": (lambda m, x: m.c(m.a(x).unsqueeze(1).squeeze(1)), (0, 4)),
    "twice": (lambda m, x: m.c(m.a(x)) + m.b(m.a.weight.new_ones(3, 4)), (0, 4)),
    "batch": (lambda m, x: m.c(torch.cat([h := m.a(x), h], dim=0)), (0, 4)),
    "swish": (lambda m, x: m.c((h := m.a(x)) * torch.sigmoid(h)), (0, 4)),
}


@pytest.mark.parametrize("name", UNITS)
def test_units_are_followed_through_shapes(name: str) -> None:
    """Where units end up in the reader's inputs; a view that splits them up cannot be followed."""
    forward, span = UNITS[name]
    found = units_of(_flow(forward), "a")
    if span is None:
        assert isinstance(found, str)
    else:
        assert isinstance(found, Units)
        assert [(each.path, each.start, each.stop) for each in found.readings] == [("c", *span)]
