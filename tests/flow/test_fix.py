# SPDX-License-Identifier: Apache-2.0
"""The whole story on a task that overfits, and the places where it rightly stops."""

from dataclasses import replace
from pathlib import Path

import pytest

import goodfit
from goodfit._experiment import carried_out
from goodfit.errors import DivergedError, SettingsError
from goodfit.training import load_task
from goodfit.values import Decision, EditKind, Outcome, Prescription, Report, dumps, loads


@pytest.fixture(scope="module")
def report(toy: str, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The toy task, all the way."""
    task = replace(load_task(f"{toy}:task"), epochs=40)
    return goodfit.fix(task, seeds=2, store=tmp_path_factory.mktemp("store"))


def test_the_whole_chain_is_in_the_report(report: Report) -> None:
    """Diagnosis, prescription with rejected alternatives, edits, dose and verdict are all there and survive JSON."""
    headline = goodfit.headline(report.diagnoses)
    assert headline is not None
    assert headline.name == "overfitting"
    assert headline.onset is not None
    assert report.prescriptions[0].remedy == "raise-dropout"
    assert {"more-nodes", "train-longer", "raise-learning-rate"} <= {
        r.remedy for r in report.prescriptions[0].rejected
    }
    assert report.treatment is not None
    assert [edit.path for edit in report.treatment.edits] == ["2", "4"]
    assert report.study is not None
    assert report.verdict is not None
    assert report.verdict.decision in Decision
    assert len(report.runs) == 4
    assert loads(Report, dumps(report)) == report


def test_a_healthy_run_is_left_alone(toy: str, tmp_path: Path) -> None:
    """Where nothing that goodfit can carry out is called for, nothing is tuned or proven, and the report says so."""
    short = goodfit.fix(replace(load_task(f"{toy}:task"), epochs=3), store=tmp_path)
    assert short.study is None
    assert short.verdict is None
    assert "--remedy" in short.notes[-1]
    assert next(d for d in short.diagnoses if d.name == "short-history").outcome is Outcome.PRESENT


def test_a_remedy_can_be_asked_for(toy: str, tmp_path: Path) -> None:
    """--remedy tries one whatever the prescription says, within the budget."""
    task = replace(load_task(f"{toy}:task"), epochs=4)
    report = goodfit.fix(task, remedy="weight-decay", seeds=1, budget=100, store=tmp_path)
    assert report.study is not None
    assert report.study.knob == "weight decay"
    assert report.treatment is not None
    assert [edit.kind for edit in report.treatment.edits] == [EditKind.WEIGHT_DECAY]
    with pytest.raises(SettingsError, match="more-data"):
        goodfit.fix(task, remedy="more-data", store=tmp_path)
    with pytest.raises(SettingsError, match="control of every comparison stops early too"):
        goodfit.fix(task, remedy="early-stopping", store=tmp_path)


def test_divergence_is_told(toy: str, tmp_path: Path) -> None:
    """A run that blows up ends the flow with the reason."""
    with pytest.raises(DivergedError, match="learning rate"):
        goodfit.fix(f"{toy}:diverges", store=tmp_path)


def test_what_is_carried_out() -> None:
    """Early stopping is passed over, and another thing to do first stops the experiment."""

    def ranked(*names: str) -> tuple[Prescription, ...]:
        return tuple(Prescription(remedy=name) for name in names)

    first = carried_out(ranked("early-stopping", "weight-decay"), None)
    assert first is not None
    assert first.remedy == "weight-decay"
    assert carried_out(ranked("more-data", "raise-dropout"), None) is None
    assert carried_out(ranked("no-change"), None) is None
