# SPDX-License-Identifier: Apache-2.0
"""Random-rate dropout: a rate for each example, one draw for all layers, and a model that stays what it was."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError
from goodfit.nn import (
    Dropout,
    EmbeddingDropout,
    LockedDropout,
    RecurrentDropout,
    SpatialDropout,
    UniformShare,
    fixed_rates_,
    key_dropouts_,
    random_rates_,
)

WIDE = 4000  # features, so that the share dropped tells the rate to about .01


class _Two(nn.Module):
    """Two dropout layers, one of them twice."""

    def __init__(self, rate: float = 0.9) -> None:
        super().__init__()
        self.first, self.second = nn.Dropout(rate), Dropout(rate)
        self.fc = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.first(x), self.second(x), self.first(x)


def _shares(out: Tensor) -> Tensor:
    return (out == 0).double().mean(1)


def test_each_example_drops_at_its_own_rate_up_to_p() -> None:
    """Over examples the share dropped is uniform between 0 and p, and the mean of what is kept stays."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Dropout(0.8))
    random_rates_(model)
    out = model(torch.ones(2000, 500))
    shares = _shares(out).sort().values
    even = torch.linspace(0, 0.8, 2000, dtype=torch.float64)
    assert (shares - even).abs().max() < 0.06
    assert out.double().mean().item() == pytest.approx(1, abs=0.02)


def test_layers_of_one_pass_share_the_draw_and_passes_do_not() -> None:
    """All layers, called once or twice, see an example's one rate with masks of their own; the next pass draws anew."""
    torch.manual_seed(0)
    model = _Two()
    random_rates_(model)
    x = torch.ones(16, WIDE)
    outs = model(x)
    for other in outs[1:]:
        assert torch.allclose(_shares(outs[0]), _shares(other), atol=0.04)
        assert not torch.equal(outs[0], other)
    assert not torch.allclose(_shares(outs[0]), _shares(model(x)[0]), atol=0.04)


def test_a_layers_p_is_the_highest_rate() -> None:
    """A layer with half the p drops each example at half the rate."""
    torch.manual_seed(0)
    model = _Two()
    random_rates_(model)
    model.second.p = 0.45
    first, second, _ = model(torch.ones(16, WIDE))
    assert torch.allclose(_shares(first), 2 * _shares(second), atol=0.06)


def test_evaluation_and_keys_of_the_state_are_untouched() -> None:
    """In evaluation mode the very input comes out, and the state dict has the keys it had."""
    model = _Two()
    before = list(model.state_dict())
    random_rates_(model)
    x = torch.randn(4, 5)
    assert all(out is x for out in model.eval()(x))
    assert list(model.state_dict()) == before


def test_keyed_rates_follow_from_seed_and_step() -> None:
    """Rates and masks are the same for the same seed, step and pass, and the global state is not read."""
    made = []
    for seed in (7, 7, 8):
        model = _Two()
        random_rates_(model)
        keys = key_dropouts_(model, seed)
        keys.step = 3
        state = torch.get_rng_state()
        passes = [model(torch.ones(16, WIDE))[0] for _ in range(2)]
        assert torch.equal(state, torch.get_rng_state())
        keys.step = 3
        assert torch.equal(passes[0], model(torch.ones(16, WIDE))[0])
        assert not torch.allclose(_shares(passes[0]), _shares(passes[1]), atol=0.04)
        made.append(passes[0])
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_sequences_and_maps() -> None:
    """A locked dropout drops each sequence at its rate, wherever the batch lies; a spatial one each image."""
    torch.manual_seed(0)
    model = nn.ModuleList([LockedDropout(0.9), LockedDropout(0.9, batch_first=True), SpatialDropout(0.9)])
    shares = random_rates_(model)
    time_first, batch_first, maps = model
    a = time_first(torch.ones(3, 8, WIDE))
    b = batch_first(torch.ones(8, 3, WIDE))
    c = maps(torch.ones(8, WIDE, 2))
    assert torch.equal(a[0], a[2])
    for out in (b[:, 0], c[:, :, 0]):
        assert torch.allclose(_shares(a[0]), _shares(out), atol=0.04)
    lock = RecurrentDropout(0.9)
    lock.shares = shares
    assert torch.allclose(_shares(lock(torch.ones(8, WIDE))), _shares(a[0]), atol=0.04)


def test_what_drops_no_example_keeps_its_rate() -> None:
    """Embedding dropout has no examples: it goes on at its p."""
    model = nn.ModuleList([EmbeddingDropout(50, 0.2), nn.Dropout(0.5)])
    random_rates_(model)
    assert model[0].shares is None


def test_copies_and_pickles_are_whole_and_their_own() -> None:
    """A deep copy and a pickle drop at random rates that all their layers share, and are apart from the original."""
    model = _Two()
    shares = random_rates_(model)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301 - our own bytes
        assert twin.first.shares is twin.second.shares
        assert twin.first.shares is not shares
        first, second, _ = twin(torch.ones(16, WIDE))
        assert torch.allclose(_shares(first), _shares(second), atol=0.04)


def test_it_can_be_taken_back_and_done_twice() -> None:
    """Done twice it is done once; taken back, every layer drops at p and no hook is left."""
    torch.manual_seed(0)
    model = _Two(0.5)
    random_rates_(model)
    random_rates_(model)
    assert len(model._forward_pre_hooks) == 1
    fixed_rates_(model)
    assert not model._forward_pre_hooks
    assert torch.allclose(
        _shares(model(torch.ones(16, WIDE))[0]), torch.full((16,), 0.5, dtype=torch.float64), atol=0.04
    )


def test_a_model_without_dropout_is_refused() -> None:
    """Where nothing drops, an error says so and nothing was changed."""
    model = nn.Sequential(nn.Linear(2, 2), EmbeddingDropout(4, 0.1))
    with pytest.raises(NothingMatchedError, match="no dropout layer"):
        random_rates_(model)
    assert not model._forward_pre_hooks


def test_another_law() -> None:
    """A law maps the uniform numbers: here every other example drops at p, and the rest at none."""
    torch.manual_seed(0)

    class Coin(UniformShare):
        def law(self, uniform: Tensor) -> Tensor:
            return (uniform < 0.5).float()

    model = nn.Sequential(nn.Dropout(0.6))
    random_rates_(model, Coin())
    shares = _shares(model(torch.ones(64, WIDE)))
    assert ((shares == 0) | ((shares - 0.6).abs() < 0.05)).all()
    assert 10 < int((shares == 0).sum()) < 54


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_it_compiles_and_exports() -> None:
    """torch.compile runs it in both modes, and what is exported in evaluation mode drops nothing."""
    model = nn.Sequential(nn.Linear(8, 64), nn.Dropout(0.9), nn.ReLU(), Dropout(0.9), nn.Linear(64, 2))
    random_rates_(model)
    x = torch.randn(4, 8)
    expected = model.eval()(x)
    compiled = torch.compile(model, backend="eager")
    assert torch.allclose(compiled(x), expected)
    model.train()
    outs = [compiled(x) for _ in range(3)]
    outs[0].sum().backward()
    assert not torch.equal(outs[0], outs[1])
    exported = torch.export.export(model.eval(), (x,))
    assert torch.allclose(exported.module()(x), expected)
