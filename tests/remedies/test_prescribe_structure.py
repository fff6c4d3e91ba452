# SPDX-License-Identifier: Apache-2.0
"""Remedies that change a model's structure are prescribed, or left, with the number that decides."""

import pytest
from torch import nn

from goodfit.surgery import read_facts
from goodfit.values import ModelFacts
from remedy_cases import answers, case_of


def _facts(layers: int, width: int = 8) -> ModelFacts:
    hidden = [each for _ in range(layers - 1) for each in (nn.Linear(width, width), nn.ReLU())]
    return read_facts(nn.Sequential(*hidden, nn.Linear(width, 2)))


def test_a_network_that_can_store_its_training_set_may_be_narrowed() -> None:
    """Overfitting with two parameters or more for each example, and a fitted training set: the ratio is told."""
    names, _, _ = answers(case_of("GF101", train_size=100, parameters=5000))
    assert names[-1] == "fewer-nodes"
    names, left, _ = answers(case_of("GF101", train_size=5000, parameters=5000))
    assert "fewer-nodes" not in names
    assert "1 parameters for each training example, fewer than the 2" in left["fewer-nodes"]


def test_without_the_numbers_nothing_is_narrowed() -> None:
    """When the size of the training set or of the model is not known, that is the reason."""
    for context in ({"train_size": None}, {"train_size": 100, "parameters": None}):
        names, left, _ = answers(case_of("GF101", **context))
        assert "fewer-nodes" not in names
        assert "is not known" in left["fewer-nodes"]


def test_the_models_own_size_comes_first() -> None:
    """Parameters of the model at hand count before those of the log."""
    names, _, _ = answers(case_of("GF101", train_size=100, parameters=1), _facts(3, width=32))
    assert "fewer-nodes" in names


@pytest.mark.parametrize(("layers", "prescribed"), [(6, False), (7, False), (8, True)])
def test_stochastic_depth_is_for_deep_networks(layers: int, prescribed: bool) -> None:
    """Below eight layers with weights it is left, with their number; from there on it is prescribed."""
    names, left, _ = answers(case_of("GF101"), _facts(layers))
    assert ("stochastic-depth" in names) is prescribed
    if not prescribed:
        assert f"the model has {layers} layers with weights" in left["stochastic-depth"]


def test_stochastic_depth_needs_a_model() -> None:
    """From a log alone it is left, because nobody knows whether the network is a residual one."""
    names, left, _ = answers(case_of("GF101"))
    assert "stochastic-depth" not in names
    assert "the model is not known" in left["stochastic-depth"]


@pytest.mark.parametrize("code", ["GF201", "GF203"])
def test_neither_is_given_to_a_network_that_does_not_fit(code: str) -> None:
    """Underfitting and a training that does not start speak against less capacity."""
    names, left, _ = answers(case_of(code), _facts(9))
    for name in ("fewer-nodes", "stochastic-depth"):
        assert name not in names
        assert "would fit the training set still less" in left[name]
