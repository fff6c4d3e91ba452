# SPDX-License-Identifier: Apache-2.0
"""Results are tuples in every respect, and values ask a registered renderer to show them."""

import pickle
from pathlib import Path

import pytest

import goodfit
from goodfit._core import showing
from goodfit.remedies import prescribe
from goodfit.values import Diagnosis, Outcome, Results

TRAIN = [2.0 / (i + 1) for i in range(30)]
VAL = [1 / (i + 1) + 0.02 * i for i in range(30)]


def test_results_are_a_tuple() -> None:
    """Equal to one, hashed as one, pickled, sliced and added as one; empty ones are false."""
    found = goodfit.diagnose(train_loss=TRAIN, val_loss=VAL)
    assert isinstance(found, tuple)
    assert found == tuple(found)
    assert hash(found) == hash(tuple(found))
    assert pickle.loads(pickle.dumps(Results((1, 2)))) == (1, 2)  # noqa: S301 - our own
    assert type(found[:2]) is tuple
    assert repr(Results((1,))) == "(1,)"
    assert not Results()
    assert isinstance(prescribe(found), Results)


def test_nothing_is_drawn_without_a_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value alone has no page: notebooks then fall back on its repr."""
    value = Diagnosis(code="GF101", name="overfitting", outcome=Outcome.ABSENT)
    assert "overfitting" in (value._repr_html_() or "")
    monkeypatch.setattr(showing, "_DRAWN_BY", [])
    assert value._repr_html_() is None
    assert value._repr_markdown_() is None


def test_this_layer_knows_no_renderer() -> None:
    """Nothing of the report, not even by name, stands in the file of the values' own layer."""
    code = Path(showing.__file__).read_text(encoding="utf-8").partition('"""\n\n')[2]
    assert "report" not in code
