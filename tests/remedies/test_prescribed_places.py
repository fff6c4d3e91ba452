# SPDX-License-Identifier: Apache-2.0
"""For every kind of model, what is prescribed is what surgery plans: same places, and a dose that suits them."""

from dataclasses import replace

import pytest

from goodfit.remedies import DOSES, Role
from goodfit.surgery import plan, read_facts
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from remedy_cases import answers, case_of

STARTS = {
    "CNN": DOSES[Role.CONVOLVED],
    "LSTM classifier": DOSES[Role.RECURRENT],
    "GRU tagger, packed": DOSES[Role.RECURRENT],
    "Neural collaborative filtering": DOSES[Role.TOWER],
    "Autoencoder recommender": DOSES[Role.INPUT],
}
TRANSFORMERS = ("Transformer encoder", "BERT-like", "GPT-like")


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_prescribed_places_are_the_planned_ones(architecture: Architecture) -> None:
    """Overfitting gets raise-dropout in every architecture, at exactly the places that surgery finds."""
    model, example = architecture.build(), architecture.example()
    names, _, first = answers(case_of("GF101"), read_facts(model, example))
    assert names[0] == "raise-dropout"
    planned = plan(model, first, example=example)
    anywhere = plan(model, replace(first, where=("wherever it fits",)), example=example)
    assert planned.edits == anywhere.edits
    named = [edit for edit in planned.edits if not edit.attribute.startswith("config.")]
    assert len(first.where) == len(named)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_the_dose_suits_the_place(architecture: Architecture) -> None:
    """The start is that of the role; in a transformer it is a step above its own rate, and never above .3."""
    facts = read_facts(architecture.build(), architecture.example())
    _, _, first = answers(case_of("GF101"), facts)
    assert first.dose is not None
    if architecture.name in STARTS:
        assert first.dose == STARTS[architecture.name]
    if architecture.name in TRANSFORMERS:
        assert (first.dose.value, first.dose.high) == (0.2, 0.3)


def test_a_transformer_at_the_end_of_its_range_gets_another_remedy() -> None:
    """Where every rate is at .3, raising is left, with the rate."""
    architecture = next(each for each in ARCHITECTURES if each.name == "Transformer encoder")
    facts = read_facts(architecture.build(), architecture.example())
    raised = replace(
        facts,
        layers=tuple(each if each.rate is None else replace(each, rate=0.3) for each in facts.layers),
    )
    names, left, _ = answers(case_of("GF101"), raised)
    assert "raise-dropout" not in names
    assert left["raise-dropout"].startswith("the highest dropout rate is 0.3, the end of the range")
