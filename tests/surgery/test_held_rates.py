# SPDX-License-Identifier: Apache-2.0
"""Rates are found where they live by experiment, and set there: attributes, configurations, modules that are only read."""

from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.errors import SurgeryError
from goodfit.surgery import plan, read_facts, revert_, treat, treat_, verify
from goodfit.values import Dose, Prescription

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.25, low=0.2, high=0.6))
LOWER = Prescription(remedy="lower-dropout", dose=Dose(value=0.05, low=0.0, high=0.3))


class _Block(nn.Module):
    """Calls dropout at a rate that `rate` gives; two numbers beside it are equal by chance."""

    def __init__(self, model: "_Model") -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.scale, self.momentum = 0.1, 0.1
        object.__setattr__(self, "model", model)  # as a back reference, not as a child

    def forward(self, x: Tensor) -> Tensor:
        model = cast("_Model", self.model)
        return F.dropout(torch.relu(self.fc(x)), model.rate(), self.training) * self.scale


class _Model(nn.Module):
    """A block and a head; subclasses say where the rate lives."""

    def __init__(self) -> None:
        super().__init__()
        self.block, self.head = _Block(self), nn.Linear(6, 2)

    def rate(self) -> float:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.block(x))
        return out


class _OnTheModel(_Model):
    _p = 0.1

    def __init__(self) -> None:
        super().__init__()
        self._p = 0.1

    def rate(self) -> float:
        return self._p


class _InAConfiguration(_Model):
    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(drop=0.1, other=0.1)

    def rate(self) -> float:
        return cast("float", self.config.drop)


class _InADictionary(_Model):
    def __init__(self) -> None:
        super().__init__()
        self.hparams = {"p": 0.1, "layers": 3}

    def rate(self) -> float:
        return self.hparams["p"]


class _OnlyRead(_Model):
    def __init__(self) -> None:
        super().__init__()
        self.drop, self.unused = nn.Dropout(0.1), nn.Dropout(0.1)

    def rate(self) -> float:
        return self.drop.p


class _Computed(_Model):
    def __init__(self) -> None:
        super().__init__()
        self.p = 0.05

    def rate(self) -> float:
        return 2 * self.p


@pytest.mark.parametrize(
    ("kind", "path", "attribute", "code"),
    [
        (_OnTheModel, "", "_p", "self._p = 0.25  # in _OnTheModel.__init__, was 0.1"),
        (
            _InAConfiguration,
            "",
            "config.drop",
            "self.config.drop = 0.25  # in _InAConfiguration.__init__, was 0.1",
        ),
        (_InADictionary, "", "hparams.p", 'self.hparams["p"] = 0.25  # in _InADictionary.__init__, was 0.1'),
        (_OnlyRead, "drop", "p", "self.drop = nn.Dropout(0.25)  # in _OnlyRead.__init__, was 0.1"),
    ],
)
def test_what_feeds_the_call_is_set(kind: type[_Model], path: str, attribute: str, code: str) -> None:
    """The call follows what was set, its equals by chance stay, and pasting the line does the same."""
    model, example = kind(), torch.ones(2, 6)
    treatment = plan(model, RAISE, example=example)
    (edit,) = treatment.edits
    assert (edit.path, edit.attribute, edit.before, edit.code) == (path, attribute, 0.1, code)
    treated = cast("_Model", treat(model, treatment))
    assert (model.rate(), treated.rate(), treated.block.scale) == (0.1, 0.25, 0.1)
    verify(model, treated, treatment, example)
    pasted = kind()
    exec(edit.code, {"self": pasted, "nn": nn})  # noqa: S102 - what a user would paste
    assert pasted.rate() == 0.25
    treat_(model, treatment)
    revert_(model, treatment)
    assert model.rate() == 0.1


def test_a_rate_that_is_computed_follows_no_number_and_is_left() -> None:
    """Where no attribute equals the rate, nothing is guessed at."""
    (layer,) = [each for each in read_facts(_Computed(), torch.ones(2, 6)).layers if each.rate is not None]
    assert (layer.rate, layer.attribute, layer.held_by) == (0.1, "", None)


def test_looking_changes_nothing() -> None:
    """The experiment is made on copies: the model's numbers are as before, and so is its random state."""
    model, state = _InAConfiguration().train(), torch.get_rng_state()
    read_facts(model, torch.ones(2, 6))
    assert vars(model.config) == {"drop": 0.1, "other": 0.1}
    assert model.training
    assert torch.equal(state, torch.get_rng_state())


class _OneRate(nn.Module):
    """One attribute feeds attention and a call between fully connected layers."""

    def __init__(self) -> None:
        super().__init__()
        self.p = 0.1
        self.qkv, self.out, self.head = nn.Linear(6, 18), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        rate = self.p if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=rate)
        out: Tensor = self.head(F.dropout(self.out(y), self.p, self.training))
        return out


@pytest.mark.parametrize("prescription", [RAISE, LOWER])
def test_attention_by_function_follows_its_attribute(prescription: Prescription) -> None:
    """The dropout of scaled_dot_product_attention is seen in training mode; one attribute is one edit."""
    model, example = _OneRate(), torch.ones(2, 3, 6)
    treatment = plan(model, prescription, example=example)
    assert [(e.path, e.attribute, e.before) for e in treatment.edits] == [("", "p", 0.1)]
    treated = treat(model, treatment)
    verify(model, treated, treatment, example)
    assert set(read_facts(treated, example).dropout_rates) == {treatment.edits[0].after}


def test_an_attribute_that_moved_since_the_plan_is_noticed() -> None:
    """When the number is no longer what was planned from, nothing is changed."""
    model, example = _OneRate(), torch.ones(2, 3, 6)
    treatment = plan(model, RAISE, example=example)
    model.p = 0.2
    with pytest.raises(SurgeryError, match=r"rate of 0\.1 was expected, and 0\.2 found"):
        treat_(model, treatment)
    assert model.p == 0.2
