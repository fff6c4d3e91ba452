# SPDX-License-Identifier: Apache-2.0
"""MC dropout against numbers worked out by hand, and that only dropout is switched on."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from goodfit.errors import NothingMatchedError, SettingsError
from goodfit.nn import Dropout, Ensemble, MCDropout, attach_, only_dropout_trains, weight_drop_


def _h(*probabilities: float) -> float:
    return -sum(p * math.log(p) for p in probabilities if p > 0)


def test_entropies_by_hand() -> None:
    """Two masks, two examples: mean, predictive and expected entropy and mutual information as on paper."""
    both = Ensemble(
        probabilities=torch.tensor([[[1.0, 0.0], [0.6, 0.4]], [[0.0, 1.0], [0.6, 0.4]]], dtype=torch.float64)
    )
    assert both.mean.tolist() == [[0.5, 0.5], [0.6, 0.4]]
    assert both.entropy.tolist() == pytest.approx([math.log(2), _h(0.6, 0.4)])
    assert both.expected_entropy.tolist() == pytest.approx([0, _h(0.6, 0.4)])
    assert both.mutual_information.tolist() == pytest.approx([math.log(2), 0])


def test_loss_and_its_error_by_hand() -> None:
    """One example with likelihoods .2 and .6: loss -ln .4, error and enough masks by the formulas of the docstring."""
    two = Ensemble(probabilities=torch.tensor([[[0.2, 0.8]], [[0.6, 0.4]]], dtype=torch.float64))
    target = torch.tensor([0])
    loss = -math.log(0.4)
    spread = math.sqrt(2 * 0.5**2)  # ratios .5 and 1.5, one degree of freedom
    assert two.loss(target) == pytest.approx(loss)
    assert two.standard_error(target) == pytest.approx(spread / math.sqrt(2))
    for_noise, for_excess = (spread / (0.1 * loss)) ** 2, spread**2 / 2 / (0.1 * loss)
    assert two.enough_masks(target, share=0.1) == max(math.ceil(for_noise), math.ceil(for_excess))


def test_as_many_masks_as_said_are_enough() -> None:
    """Over repeated ensembles of the stated size, the loss scatters by about the share of it that was asked for."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(10, 200), nn.ReLU(), Dropout(0.5), nn.Linear(200, 3))
    x, y = torch.randn(100, 10), torch.randint(0, 3, (100,))
    first = MCDropout(net, masks=400)(x)
    enough = first.enough_masks(y, share=0.005)
    losses = torch.tensor([MCDropout(net, masks=enough)(x).loss(y) for _ in range(60)])
    assert enough > 5
    assert (
        losses.std().item() / first.loss(y) < 0.005 * 1.35
    )  # a standard deviation of 60 is within 1.35 of it


def test_bad_settings_are_refused() -> None:
    """No mask, one mask where spread is asked for, and a share of 0 are SettingsErrors."""
    with pytest.raises(SettingsError, match="at least one mask"):
        MCDropout(nn.Dropout(0.5), masks=0)
    one = Ensemble(probabilities=torch.full((1, 2, 2), 0.5))
    with pytest.raises(SettingsError, match="one mask"):
        one.enough_masks(torch.tensor([0, 1]))
    with pytest.raises(SettingsError, match="share"):
        one.enough_masks(torch.tensor([0, 1]), share=0)


class _Functional(nn.Module):
    """Dropout as a call, and batch norm, which must not learn."""

    def __init__(self, rate: float = 0.5) -> None:
        super().__init__()
        self.rate = rate
        self.norm = nn.BatchNorm1d(6)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        assert not self.training
        out: Tensor = self.out(functional.dropout(self.norm(x), self.rate, self.training))
        return out


class _Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(6, 5, num_layers=2, dropout=0.5)
        self.out = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(self.rnn(x[:, None])[0][:, 0])  # the rows are time steps
        return out


class _Attention(nn.Module):
    def __init__(self, rate: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, dropout=rate, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = x[None]
        out: Tensor = self.out(self.attention(x, x, x)[0][0])
        return out


def _weight_dropped() -> nn.Module:
    net = _Recurrent()
    net.rnn = nn.LSTM(6, 5)
    weight_drop_(net.rnn, 0.5)
    return net


def _attached() -> nn.Module:
    net = nn.Sequential(nn.BatchNorm1d(6), nn.Linear(6, 3))
    attach_(net[1], 0.5)
    return net


def _transformer() -> nn.Module:
    layer = nn.TransformerEncoderLayer(6, 2, 12, dropout=0.5, batch_first=True)
    return nn.Sequential(nn.Unflatten(0, (1, -1)), nn.TransformerEncoder(layer, 2), nn.Flatten(0, 1))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "module": lambda: nn.Sequential(nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 3)),
    "functional": _Functional,
    "between recurrent layers": _Recurrent,
    "attention": lambda: _Attention(0.5),
    "weight drop": _weight_dropped,
    "attached": _attached,
    "transformer": _transformer,
}


@pytest.mark.parametrize("name", MODELS)
def test_every_source_of_dropout_is_on_and_nothing_else_changes(name: str) -> None:
    """Masks differ in all ways to write dropout; modes, weights and running statistics stay bit for bit."""
    torch.manual_seed(0)
    model = MODELS[name]()
    model.eval()
    next(model.children()).train()  # modes may be mixed
    modes = [module.training for module in model.modules()]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    ensemble = MCDropout(model, masks=8)(torch.randn(16, 6))
    assert not torch.equal(ensemble.probabilities[0], ensemble.probabilities[1])
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert (
        ensemble.mutual_information.max() > 1e-6
    )  # equal masks give 0; how much above depends on the weights drawn


def test_the_same_seed_gives_the_same_ensemble() -> None:
    """Masks follow from torch's global state."""
    net, x = _Functional().eval(), torch.randn(5, 6)
    torch.manual_seed(1)
    first = MCDropout(net, masks=3)(x)
    torch.manual_seed(1)
    assert torch.equal(MCDropout(net, masks=3)(x).probabilities, first.probabilities)


@pytest.mark.parametrize(
    "model", [nn.Linear(6, 3), nn.Sequential(nn.Dropout(0.0)), _Functional(0.0), _Attention(0.0)]
)
def test_a_model_without_dropout_is_refused(model: nn.Module) -> None:
    """Where nothing drops, all masks would agree, and that is said instead of a certainty of 100 %."""
    with pytest.raises(NothingMatchedError, match="no dropout"):
        MCDropout(model, masks=2)(torch.randn(4, 6))


def test_modes_come_back_after_an_error() -> None:
    """An error inside leaves all modes as they were."""
    net = nn.Sequential(nn.Linear(6, 3), nn.Dropout(0.5)).eval()
    with pytest.raises(RuntimeError, match="mat1"):
        MCDropout(net)(torch.randn(4, 7))
    assert not any(module.training for module in net.modules())
    with only_dropout_trains(net):
        assert net[1].training
    assert not net[1].training


def test_classes_in_another_dimension_and_named_inputs() -> None:
    """Pixels with classes in dimension 1 come back with classes last, and a mapping names the inputs."""

    class Pixels(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            return functional.dropout(image, 0.5, self.training)

    ensemble = MCDropout(Pixels(), masks=4, dim=1)({"image": torch.randn(2, 3, 5, 5)})
    assert ensemble.mean.shape == (2, 5, 5, 3)
    assert ensemble.loss(torch.zeros(2, 5, 5, dtype=torch.int64)) > 0
