# SPDX-License-Identifier: Apache-2.0
"""Transformers: rates of attention, branches and embeddings, torch's fused blocks, and configurations that keep them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.surgery import at_dose, highest_dose, plan, read_facts, treat, verify
from goodfit.testing.architectures import ARCHITECTURES
from goodfit.values import Dose, EditKind, Prescription

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.2, low=0.0, high=0.3))
LOWER = Prescription(remedy="lower-dropout", dose=Dose(value=0.0, low=0.0, high=0.1))
BY_NAME = {each.name: each for each in ARCHITECTURES}
SAVED = ("BERT-like", "GPT-like")


def test_torchs_own_blocks_get_rates_and_no_hooks() -> None:
    """Nothing is put inside a block, so that inference still runs as one fused call; the rates do act in training."""
    architecture = BY_NAME["Transformer encoder"]
    model, example = architecture.build(), architecture.example()
    treatment = plan(model, RAISE, example=example)
    assert {edit.kind for edit in treatment.edits} == {EditKind.SET_RATE}
    assert {edit.path.rpartition(".")[2] for edit in treatment.edits} == {
        "self_attn",
        "dropout",
        "dropout1",
        "dropout2",
    }
    treated = treat(model, treatment)
    verify(model, treated, treatment, example)
    for edit in treatment.edits:  # each place alone makes a difference
        alone = plan(model, LOWER, dose=0.0, example=example)
        only = treat(model, alone).train()
        held = only.get_submodule(edit.path)
        setattr(held, edit.attribute, 0.5)
        assert not torch.equal(only(example), only(example)), edit.path


def test_a_place_of_a_transformer_has_an_end() -> None:
    """Whatever the dose, its rates stop where the literature does, also in a search; pasted lines say the same."""
    architecture = BY_NAME["Transformer encoder"]
    treatment = plan(architecture.build(), RAISE, dose=0.6, example=architecture.example())
    assert {edit.after for edit in treatment.edits} == {0.3}
    assert highest_dose(treatment) == 0.3
    assert {edit.after for edit in at_dose(treatment, 0.95).edits} == {0.3}
    moved = at_dose(treatment, 0.15)
    pasted = architecture.build()
    for edit in moved.edits:
        exec(edit.code, {"self": pasted, "nn": nn})  # noqa: S102 - what a user would paste
    assert set(read_facts(pasted, architecture.example()).dropout_rates) == {0.15}


@pytest.mark.parametrize("name", [name for name in SAVED if name in BY_NAME])
@pytest.mark.parametrize("prescription", [RAISE, LOWER], ids=lambda p: p.remedy)
def test_a_saved_model_keeps_its_rates(name: str, prescription: Prescription, tmp_path: Path) -> None:
    """`save_pretrained` and `from_pretrained` give the treated rates back, for the live modules are set with their fields."""
    architecture = BY_NAME[name]
    model, example = architecture.build(), architecture.example()
    treated: Any = treat(model, plan(model, prescription, example=example))
    treated.save_pretrained(tmp_path)
    again = type(treated).from_pretrained(tmp_path)
    rates = read_facts(treated, example).dropout_rates
    assert set(rates) == {prescription.dose.value if prescription.dose else None}
    assert read_facts(again, example).dropout_rates == rates
    drops = not torch.equal(*(treated.train()(**example)[0] for _ in range(2)))
    assert drops is (prescription is RAISE)


@pytest.mark.skipif("BERT-like" not in BY_NAME, reason="transformers is not installed")
def test_a_field_that_feeds_places_at_different_rates_is_left() -> None:
    """Where only some of what a field feeds is changed, the field stays, and that is said."""
    architecture = BY_NAME["BERT-like"]
    model, example = architecture.build(), architecture.example()
    chosen = plan(model, RAISE, example=example, where="bert.encoder.layer.0.*")
    left = {skip.path: skip.because for skip in chosen.skipped}
    assert "config.hidden_dropout_prob" in left
    assert "bert.embeddings.dropout" in left["config.hidden_dropout_prob"]
    assert not [edit for edit in chosen.edits if edit.attribute.startswith("config.")]
    head = plan(model, RAISE, example=example, where="dropout")
    assert [(e.path, e.attribute, e.before) for e in head.edits] == [
        ("dropout", "p", 0.1),
        ("", "config.classifier_dropout", None),
    ]
    treated: Any = treat(model, head)
    assert treated.config.classifier_dropout == 0.2


@pytest.mark.skipif("BERT-like" not in BY_NAME, reason="transformers is not installed")
def test_rates_kept_as_attributes_are_kept_by_a_configuration_too(tmp_path: Path) -> None:
    """BART hands numbers that its layers hold to functions; they and the fields they came from are set."""
    from transformers import BartConfig, BartForSequenceClassification

    sizes = {f"{side}_{what}": 2 for side in ("encoder", "decoder") for what in ("layers", "attention_heads")}
    wide = {"encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "vocab_size": 30, "max_position_embeddings": 20}
    model: Any = BartForSequenceClassification(
        BartConfig(d_model=16, num_labels=3, eos_token_id=2, **sizes, **wide)
    )
    tokens = torch.tensor([[5, 6, 7, 2], [8, 9, 4, 2]])
    example = {"input_ids": tokens, "use_cache": False, "return_dict": False}
    treatment = plan(model, RAISE, example=example)
    fields = {edit.attribute for edit in treatment.edits if edit.path == ""}
    assert fields == {f"config.{name}dropout" for name in ("", "attention_", "activation_", "classifier_")}
    treated: Any = treat(model, treatment)
    verify(model, treated, treatment, example)
    treated.save_pretrained(tmp_path)
    again = type(model).from_pretrained(tmp_path)
    assert read_facts(again, example).dropout_rates == read_facts(treated, example).dropout_rates


class _Bare(nn.Module):
    """Attention without any dropout, written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out, self.head = nn.Linear(6, 18), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = x + self.out(F.scaled_dot_product_attention(*self.qkv(x).chunk(3, dim=-1)))
        out: Tensor = self.head(y.mean(dim=1))
        return out


def test_without_any_dropout_only_the_head_is_certain() -> None:
    """Where a branch ends cannot be seen, so only what the head reads is dropped from."""
    model, example = _Bare(), torch.ones(2, 3, 6)
    treatment = plan(model, RAISE, example=example)
    assert [(e.path, e.kind) for e in treatment.edits] == [("head", EditKind.INSERT_DROPOUT)]
    verify(model, treat(model, treatment), treatment, example)
