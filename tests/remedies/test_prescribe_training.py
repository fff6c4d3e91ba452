# SPDX-License-Identifier: Apache-2.0
"""What is prescribed of the training's own remedies: smaller steps, penalties, softer targets, more data."""

from dataclasses import replace

import pytest

from goodfit.probes.half_data import FALL as PROBED
from goodfit.remedies import REMEDIES, prescribe
from goodfit.remedies.more_data import FALL
from goodfit.rules import diagnose
from goodfit.values import Evidence, Measurement, Outcome, ProbeResult, Severity
from remedy_cases import answers, case_of


def test_a_lost_training_gets_smaller_steps_and_nothing_else() -> None:
    """Training was lost: the learning rate is lowered, and every other remedy is told that this comes first."""
    names, left, first = answers(case_of("GF301", learning_rate=0.1))
    assert names == ["lower-learning-rate"]
    assert len(left) == len(REMEDIES) - 1
    assert all(because.startswith("training was lost, and that comes first") for because in left.values())
    assert first.because.endswith("it is 0.1 now")
    assert "lower the learning rate" in first.expected
    assert "clip the gradient norm" in first.expected
    assert first.dose is not None
    assert first.dose.high < 1


def test_swings_get_smaller_steps() -> None:
    """Both losses bounce: smaller steps, with the swing in the reason."""
    names, _, first = answers(case_of("GF302"))
    assert names[0] == "lower-learning-rate"
    assert "“oscillating” was found" in first.because
    assert "%" in first.because


def test_spikes_count_when_they_come_again_or_are_huge() -> None:
    """One spike is looked at first; three, or one that trebles the loss, call for smaller steps."""
    history = case_of("GF303")
    diagnoses = diagnose(history)
    line = next(each for each in diagnoses if each.code == "GF303")
    for severity, names in ((Severity.NOTE, False), (Severity.WARNING, True)):
        graded = tuple(replace(each, severity=severity) if each is line else each for each in diagnoses)
        prescriptions = prescribe(graded, history)
        assert ("lower-learning-rate" in [each.remedy for each in prescriptions]) is names
    note = tuple(replace(each, severity=Severity.NOTE) if each is line else each for each in diagnoses)
    left = {each.remedy: each.because for each in prescribe(note, history)[0].rejected}
    assert "look at that first" in left["lower-learning-rate"]


def test_steady_training_is_left_its_learning_rate() -> None:
    """The reason names how little training moves."""
    _, left, _ = answers(case_of("GF101"))
    assert "of its level from one evaluation to the next" in left["lower-learning-rate"]


def test_overconfidence_gets_softer_targets() -> None:
    """A loss that rises by certainty while answers improve: label smoothing, and alone where nothing else was found."""
    history = case_of("GF103", classes=10)
    diagnoses = diagnose(history)
    smoothing = next(each for each in prescribe(diagnoses, history) if each.remedy == "label-smoothing")
    assert smoothing.because.startswith("“overconfident” was found")
    assert smoothing.because.endswith("the loss is over 10 classes")
    alone = tuple(each for each in diagnoses if each.code == "GF103")
    assert [each.remedy for each in prescribe(alone, history)] == ["label-smoothing"]


@pytest.mark.parametrize(
    ("remedy", "present", "because"),
    [
        ("l1", "L1", "has an L1 threshold already"),
        ("label-smoothing", "label smoothing", "smoothed already"),
    ],
)
def test_what_is_there_is_not_prescribed_again(remedy: str, present: str, because: str) -> None:
    """A regulariser that the run has already is left, by its name in the run's context."""
    _, left, _ = answers(case_of("GF101", regularisers=(present,)))
    assert because in left[remedy]


@pytest.mark.parametrize("code", ["GF201", "GF203"])
def test_penalties_are_not_for_a_network_that_fits_too_little(code: str) -> None:
    """Underfitting and a stall speak against L1, softer targets and, where it does not fit, more data."""
    _, left, _ = answers(case_of(code))
    for name in ("l1", "label-smoothing"):
        assert "would fit the training set still less" in left[name]
    assert "more-data" in left


@pytest.mark.parametrize(("optimizer", "value"), [("SGD", 3e-3), ("Adam", 1e-1), (None, 3e-2)])
def test_l1_goes_by_the_size_of_gradients(optimizer: str | None, value: float) -> None:
    """Adaptive optimisers bring gradients to a size of about one, so that the threshold must be larger."""
    history = case_of("GF101", optimizer=optimizer)
    chosen = {each.remedy: each for each in prescribe(diagnose(history), history)}["l1"]
    assert chosen.dose is not None
    assert chosen.dose.value == value


def _half_data(value: float, low: float, high: float) -> ProbeResult:
    fall = Measurement(name=FALL.name, value=value, low=low, high=high, unit="%")
    evidence = Evidence(measurement=fall, threshold=FALL)
    return ProbeResult(probe="half-data", outcome=evidence.outcome, evidence=(evidence,), message="So it is.")


def test_the_probe_of_half_the_data_decides_on_more() -> None:
    """A large fall is said with its interval, a small one speaks against, one that is open is said to be."""
    history = case_of("GF101")
    diagnoses = diagnose(history)

    def answer(*probes: ProbeResult) -> str:
        prescriptions = prescribe(diagnoses, history, probes=probes)
        chosen = {each.remedy: each.because for each in prescriptions}
        left = {each.remedy: f"left: {each.because}" for each in prescriptions[0].rejected}
        return (chosen | left)["more-data"]

    assert "was not measured (the half-data probe tells)" in answer()
    assert "fell by 25 % (half-data probe; interval 20 to 30 %)" in answer(_half_data(25, 20, 30))
    assert answer(_half_data(2, 1, 4)).startswith(
        "left: from half to all of the data the validation loss fell by 2 %"
    )
    assert "which does not settle it" in answer(_half_data(10, 5, 15))
    unable = ProbeResult(probe="half-data", outcome=Outcome.NOT_APPLICABLE, message="Too few.")
    assert answer(unable) == answer()


def test_a_standing_gap_asks_for_data_only_by_measurement() -> None:
    """A gap alone is normal; only a probe that shows data to be the limit makes more of them a remedy."""
    history = case_of("GF102")
    diagnoses = diagnose(history)
    assert "more-data" not in [each.remedy for each in prescribe(diagnoses, history)]
    probed = prescribe(diagnoses, history, probes=(_half_data(25, 20, 30),))
    names = [each.remedy for each in probed]
    assert (names[0], names[-1]) == ("no-change", "more-data")


def test_the_threshold_is_the_probes_own() -> None:
    """The remedy judges the probe's measurement as the probe does."""
    assert FALL == PROBED
