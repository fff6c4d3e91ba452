# SPDX-License-Identifier: Apache-2.0
"""The recorded trainings are whole, say where they come from, and hold only codes that exist."""

from collections import Counter
from functools import cache
from math import isfinite

import pytest
from trainings_record import HERE, PARTS, Recorded, read

from goodfit.measures import answers_distance
from goodfit.rules import PRECEDENCE, diagnose
from goodfit.values import Outcome

LARGEST_FOLDER = 1_000_000  # bytes: the corpus travels with every clone
SAID = ("script", "version", "torch", "date", "recipe", "data", "model", "seed", "settings")


@cache
def _cases(part: str) -> list[Recorded]:
    return read(part)


@pytest.mark.parametrize("part", PARTS)
def test_every_case_says_where_it_comes_from(part: str) -> None:
    """Script, versions, date, seed, data and the label's reasons stand with each training, and no name twice."""
    for case in _cases(part):
        assert case.part == part
        assert [name for name in SAID if name not in case.provenance] == []
        assert case.reasons
    assert len({case.name for case in _cases(part)}) == len(_cases(part))


@pytest.mark.parametrize("part", PARTS)
def test_labels_hold_known_codes_only(part: str) -> None:
    """Present and allowed codes are of the rulebook, share none, and the headline is the first of those present."""
    for case in _cases(part):
        assert (case.present | case.allowed) - set(PRECEDENCE) == set(), case.name
        assert not case.present & case.allowed, case.name
        assert case.headline == next((code for code in PRECEDENCE if code in case.present), None), case.name


@pytest.mark.parametrize("part", PARTS)
def test_histories_are_whole(part: str) -> None:
    """Training and validation loss have one value an evaluation, as has the test loss that labels rest on."""
    for case in _cases(part):
        train, val = case.history.curves["train_loss"], case.history.curves["val_loss"]
        assert len(train) == len(val) == len(case.test_loss) > 1, case.name
        assert case.recipe != "hand-written-log" or case.ambiguous or not all(map(isfinite, val.values))


def test_the_test_loss_is_given_away_only_where_leakage_needs_it() -> None:
    """No history holds a test curve but those of duplicated examples."""
    shown = {c.recipe for part in PARTS for c in _cases(part) if "test_loss" in c.history.curves}
    assert shown == {"duplicates"}


def test_the_parts_share_no_training() -> None:
    """No seed and data set of one part stands in the other."""
    drawn = [{(c.provenance["data"], c.provenance["seed"]) for c in _cases(part)} for part in PARTS]
    assert not drawn[0] & drawn[1]


def test_there_are_enough_of_each() -> None:
    """At least 100 trainings by 16 recipes are scored, 15 truths are met in each part, and a healthy run is among them."""
    scored = {part: [case for case in _cases(part) if not case.ambiguous] for part in PARTS}
    everything = [case for part in PARTS for case in scored[part]]
    assert len(everything) >= 100
    assert len({case.recipe for case in everything}) >= 16
    for part in PARTS:
        counts = Counter(code for case in scored[part] for code in case.present)
        assert len(counts) >= 15
    assert any(not case.present for case in everything)


def test_the_corpus_is_small() -> None:
    """All recorded files together stay below one megabyte."""
    assert 0 < sum(path.stat().st_size for path in HERE.iterdir()) < LARGEST_FOLDER


@pytest.mark.parametrize("part", PARTS)
def test_two_softmaxes_leave_what_the_rule_says(part: str) -> None:
    """Runs with the fault keep within 0.03 nats of what their right answers leave; no other run is called so."""
    for case in _cases(part):
        distance = answers_distance(case.history)
        if "GF207" in case.present and distance is not None:
            assert distance.value < 0.03, case.name
        elif "GF207" not in case.present | case.allowed:
            said = next(each for each in diagnose(case.history) if each.code == "GF207")
            assert said.outcome is not Outcome.PRESENT, case.name
