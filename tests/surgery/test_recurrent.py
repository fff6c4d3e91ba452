# SPDX-License-Identifier: Apache-2.0
"""Recurrent models drop in training where it was planned, by masks that fit the place, and nowhere in inference."""

from typing import cast

import pytest
import torch
from torch import Tensor, nn

from goodfit import nn as goodfit_nn
from goodfit.errors import NothingMatchedError
from goodfit.nn import EmbeddingDropout, LockedDropout, attach_, attached, weight_drop_, weight_dropped
from goodfit.surgery import at_dose, plan, revert_, treat, treat_, verify
from goodfit.testing.architectures import ARCHITECTURES
from goodfit.values import Dose, Edit, EditKind, Prescription, Treatment

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))
BY_NAME = {each.name: each for each in ARCHITECTURES}
TOKENS = 20


class _Tagger(nn.Module):
    """Two stacked LSTMs as modules of their own, and a head on every step; `swap` turns time to the front."""

    def __init__(self, *, batch_first: bool = True, swap: bool = False, layers: int = 1) -> None:
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, 8)
        self.first = nn.LSTM(8, 8, num_layers=layers, batch_first=batch_first)
        self.second = nn.GRU(8, 50, batch_first=batch_first)
        self.head = nn.Linear(50, 3)
        self.swap = swap

    def forward(self, tokens: Tensor) -> Tensor:
        x, _ = self.first(self.embedding(tokens))
        x, _ = self.second(x)
        out: Tensor = self.head(x.transpose(0, 1) if self.swap else x)
        return out


def _tokens() -> Tensor:
    return torch.randint(0, TOKENS, (4, 7), generator=torch.Generator().manual_seed(0))


def _edits(treatment: Treatment) -> list[tuple[str, EditKind, str]]:
    return [(e.path, e.kind, e.manner) for e in treatment.edits]


def test_sequences_get_one_mask_for_all_steps() -> None:
    """Between stacked modules and in front of the head a feature is dropped at all steps of a sequence or at none."""
    model = _Tagger()
    treatment = plan(model, RAISE, example=_tokens())
    assert _edits(treatment) == [
        ("second", EditKind.LOCKED_DROPOUT, "batch first"),
        ("head", EditKind.LOCKED_DROPOUT, "batch first"),
    ]
    treated = cast("_Tagger", treat(model, treatment)).train()
    seen: list[Tensor] = []
    treated.head.register_forward_hook(lambda _m, given, _o: seen.append(given[0]))
    treated(_tokens())
    zero = seen[0] == 0  # (batch, steps, features)
    assert torch.equal(zero, zero[:, :1].expand_as(zero))
    assert 0.2 < zero.float().mean() < 0.6
    assert len({tuple(row.tolist()) for row in zero[:, 0]}) == 4


@pytest.mark.parametrize(
    ("batch_first", "swap", "manner"),
    [
        (True, False, "batch first"),
        (False, False, "time first"),
        (True, True, "time first"),
        (False, True, "batch first"),
    ],
)
def test_the_time_axis_is_found(batch_first: bool, swap: bool, manner: str) -> None:
    """The mask lies along time, also where forward swaps batch and time behind the recurrent layer."""
    treatment = plan(_Tagger(batch_first=batch_first, swap=swap), RAISE, example=_tokens())
    assert ("head", EditKind.LOCKED_DROPOUT, manner) in _edits(treatment)


def test_one_layer_is_told_that_torchs_dropout_does_nothing() -> None:
    """The rate between layers is set where there are several, and is said to do nothing where there is one."""
    treatment = plan(_Tagger(layers=2), RAISE, example=_tokens())
    edit = treatment.edits[0]
    assert (edit.path, edit.attribute, edit.before, edit.after) == ("first", "dropout", 0.0, 0.4)
    assert edit.code == (
        "self.first = nn.LSTM(8, 8, num_layers=2, batch_first=True, dropout=0.4)  # in _Tagger.__init__, dropout was 0"
    )
    because = {skip.path: skip.because for skip in treatment.skipped}
    assert because["second.dropout"].startswith("has one layer")


def test_words_and_recurrent_weights_are_taken_where_they_are_named() -> None:
    """A weight that a glob spells is a place; its rate has an end of its own, also in a search."""
    model, example = _Tagger(layers=2), _tokens()
    weights = plan(model, RAISE, example=example, where="*.weight_hh_l0")
    assert _edits(weights) == [
        ("first", EditKind.WEIGHT_DROP, ""),
        ("second", EditKind.WEIGHT_DROP, ""),
    ]
    rows = plan(model, RAISE, example=example, where="embedding.weight")
    assert [(e.path, e.kind, e.after) for e in rows.edits] == [("embedding", EditKind.EMBEDDING_DROPOUT, 0.3)]
    assert at_dose(rows, 0.9).edits[0].after == 0.3
    for treatment in (weights, rows):
        treated = treat(model, treatment)
        verify(model, treated, treatment, example)
        assert not torch.equal(treated.train()(example), treated(example))
        copied = _Tagger(layers=2)
        copied.load_state_dict(treated.state_dict())
        assert torch.equal(copied.eval()(example), treated.eval()(example))
        treat_(model, treatment)
        revert_(model, treatment)
        assert attached(model.embedding, "output") is None
        assert weight_dropped(model.first) is None
    everything = plan(model, RAISE, example=example, where="*")
    assert {e.kind for e in everything.edits} == {EditKind.SET_RATE, EditKind.LOCKED_DROPOUT}


def test_embedded_words_are_a_place_where_the_layer_is_named() -> None:
    """What an LSTM takes is dropped from where the LSTM is named."""
    treatment = plan(_Tagger(), RAISE, example=_tokens(), where="first")
    assert _edits(treatment) == [("first", EditKind.LOCKED_DROPOUT, "batch first")]


@pytest.mark.parametrize("where", ["*.weight_hh_l0", "embedding.weight", "head", "first"])
def test_pasted_lines_do_the_same(where: str) -> None:
    """Following the printed lines gives a model that drops with the very masks of the treated one."""
    model, example = _Tagger(), _tokens()
    treatment = at_dose(plan(model, RAISE, example=example, where=where), 0.25)
    pasted, treated = _Tagger(), treat(model, treatment).train()
    pasted.load_state_dict(model.state_dict())
    for edit in treatment.edits:
        _paste(pasted, edit)
    torch.manual_seed(3)
    expected = treated(example)
    torch.manual_seed(3)
    assert torch.equal(pasted.train()(example), expected)


def test_the_pasted_layer_has_the_rate_between_its_layers() -> None:
    """The printed constructor makes the same layer, with torch's dropout= at the rate planned."""
    model = _Tagger(layers=2)
    (edit,) = at_dose(plan(model, RAISE, example=_tokens(), where="first.dropout"), 0.25).edits
    pasted = _Tagger(layers=2)
    _paste(pasted, edit)
    assert pasted.first.dropout == 0.25
    pasted.first.dropout = 0.0
    assert repr(pasted.first) == repr(model.first)


def _paste(model: nn.Module, edit: Edit) -> None:
    """Run the line for __init__; the line for forward, where there is one, is followed by a hook."""
    names = {"self": model, "nn": nn, "weight_drop_": weight_drop_, "attach_": attach_}
    names |= {"EmbeddingDropout": EmbeddingDropout, "goodfit": type("goodfit", (), {"nn": goodfit_nn})}
    made, *forward = edit.code.splitlines()
    exec(made, names)  # noqa: S102 - what a user would paste
    if forward:
        drop = model.get_submodule(f"drop_{edit.path}")
        assert isinstance(drop, LockedDropout)
        layer = model.get_submodule(edit.path)
        layer.register_forward_pre_hook(lambda _m, args: (drop(args[0]), *args[1:]))


def test_a_packed_sequence_is_dropped_from() -> None:
    """A recurrent layer that takes packed sequences gets locked dropout in front, and gradients flow."""
    architecture = BY_NAME["GRU tagger, packed"]
    model, example = architecture.build(), architecture.example()
    treatment = plan(model, RAISE, example=example, where="gru")
    treated = treat(model, treatment)
    verify(model, treated, treatment, example)
    treated.train()
    assert not torch.equal(treated(*example), treated(*example))
    architecture.loss(treated(*example)).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None for p in treated.parameters())


def test_an_unknown_weight_names_candidates() -> None:
    """A glob that takes in nothing names what there is."""
    with pytest.raises(NothingMatchedError, match="takes in no module"):
        plan(_Tagger(), RAISE, example=_tokens(), where="first.weight_xx")
