# SPDX-License-Identifier: Apache-2.0
"""What is said of each candidate, and the answer: every claim with its number, and no claim without one."""

import re

import pytest

from goodfit.values import Candidate, Comparison, Part, Rejection
from made_up_comparison import comparison, entry, usual


def _of(found: Comparison, name: str) -> Candidate:
    return next(one for one in found.candidates if one.name == name)


def test_a_winner_is_named_with_its_numbers() -> None:
    """Effect with interval, wins and p value; then what its trainings show against the untreated ones."""
    because = _of(usual(), "raise-dropout").because
    assert "lower than early stopping alone [" in because
    assert "better in 8 of 8 seeds" in because
    assert re.search(r"\bp 0\.0\d+", because)
    assert "the gap between the losses ends at 0.3 instead of 1" in because.replace("The gap", "the gap")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("more-nodes", "at its best sooner, after 2.0 epochs instead of 4.0"),
        ("train-longer", "its best checkpoint is the untreated training's in every seed"),
        ("raise-learning-rate", "validation loss jumps from epoch to epoch by 9 % instead of 3 %, 3 times"),
        ("l1", "60 % instead of 0 % of the weights are exactly 0"),
        ("batch-norm", "Failed: it diverged at each of the 3 settings"),
        ("early-stopping", "At the last epoch of the same trainings it is 60 % higher"),
        ("random-remedy", "the mean over the 5 remedies"),
        ("untreated", "what is left when nothing is done"),
    ],
)
def test_what_the_trainings_show(name: str, says: str) -> None:
    """Each remedy is told by what it is known to change, with both numbers."""
    because = _of(usual(), name).because
    assert says.lower() in because.lower()


def test_what_is_not_shown_is_not_claimed() -> None:
    """A change whose interval includes 0 is told as not shown, with its interval."""
    found = comparison(entry("batch-norm", 0.0, 0.02))
    because = _of(found, "batch-norm").because
    assert "the gradient's norm is not shown to be steadier" in because.lower()
    assert "because" not in because


def test_undecided_says_what_would_have_been_seen() -> None:
    """An effect of that size would have been found, or why none could."""
    found = comparison(entry("more-nodes", 0.0, 0.03))
    assert re.search(
        r"an effect of 0\.\d+ \(\d.*%\) would have been found with 80 % power",
        _of(found, "more-nodes").because,
    )
    few = comparison(entry("more-nodes", 0.0, 0.03, seeds=3))
    assert "with 3 seeds no claim is possible (5 are the fewest)" in few.answer


def test_the_answer_when_dropout_wins() -> None:
    """The premise with its numbers, B with its gain, and a line for why not each of the others."""
    lines = usual().answer.split("\n")
    assert lines[0].startswith("Validation loss is much greater than training loss (")
    assert lines[1].startswith("On held-out data this helps: B, raise dropout 0.4: test loss ")
    assert [line[:5] for line in lines[2:5]] == ["Not A", "Not C", "Not D"]
    assert "it hurts" in lines[4]
    assert "a remedy drawn by lot" in lines[-1]


@pytest.mark.parametrize(
    ("gain", "spread", "says"),
    [
        (-0.05, 0.005, "is not the answer here: it hurts"),
        (0.0, 0.0001, "early stopping alone is as good"),
        (0.0, 0.05, "it is not shown to be better"),
    ],
)
def test_the_answer_when_dropout_does_not_win(gain: float, spread: float, says: str) -> None:
    """It says so, and how."""
    found = comparison(entry("raise-dropout", gain, spread, part=Part.PRIMARY))
    assert says in found.answer


def test_the_answer_when_another_wins() -> None:
    """None of the four, and which outside of them."""
    found = comparison(
        entry("raise-dropout", 0.0, 0.05, part=Part.PRIMARY), entry("weight-decay", 0.05, 0.004)
    )
    assert "None of A to D is shown to help" in found.answer
    assert "weight decay helps: test loss" in found.answer


def test_a_gain_within_the_margin_is_not_called_help() -> None:
    """It is proven and too small to matter, and the title and the answer say no more."""
    found = usual()
    assert _of(found, "l1").decision == "improved"
    assert "which was said not to matter" in _of(found, "l1").because
    assert "L1 helps" not in found.answer


def test_the_answer_without_dropout() -> None:
    """Where raising it has no place, the reason is given."""
    out = (Rejection(remedy="raise-dropout", because="the model has no hidden layer"),)
    found = comparison(entry("weight-decay", 0.0, 0.05, part=Part.PRIMARY), left_out=out)
    assert "B, raise dropout, takes no part: the model has no hidden layer" in found.answer


def test_the_answer_without_a_gap() -> None:
    """Where validation does not lie far above training, the premise is denied."""
    flat = comparison(entry("raise-dropout", 0.0, 0.05, part=Part.PRIMARY), rise=0.0)
    gap = any(each.outcome == "present" and each.name == "overfitting" for each in flat.diagnoses)
    assert not gap
    assert usual().answer.startswith("Validation loss is much greater")


def test_when_all_fail() -> None:
    """Early stopping is what is left."""
    found = comparison(entry("raise-dropout", failed="it diverged"))
    assert "Every remedy failed" in found.answer
