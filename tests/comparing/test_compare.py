# SPDX-License-Identifier: Apache-2.0
"""The whole comparison on tasks that train in a moment: equal conditions, failures, resuming."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import goodfit
from goodfit.comparing import compare
from goodfit.comparing.cost import bill
from goodfit.comparing.entrants import field_of
from goodfit.errors import SettingsError, StoreError
from goodfit.training import Task, as_source, prepare
from goodfit.values import Candidate, Comparison, Moment, Part, Run
from toy_task import data, task

EPOCHS, SEEDS = 4, 2
ASKED: dict[str, Any] = {
    "remedies": ["raise-dropout", "weight-decay"],
    "combinations": ["raise-dropout+weight-decay"],
}


class Ear:
    """Remembers what was told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.runs: list[tuple[str, Run]] = []
        self.counts: list[tuple[int, int]] = []

    def stage(self, what: str) -> None:
        """Remember a stage."""
        self.stages.append(what)

    def epoch(self, *_: object) -> None:
        """Epochs are not looked at."""

    def run(self, what: str, run: Run) -> None:
        """Remember a training."""
        self.runs.append((what, run))

    def progress(self, done: int, of: int, left: float | None) -> None:
        """Remember where it stands."""
        assert left is not None
        self.counts.append((done, of))

    def note(self, what: str) -> None:
        """Notes are not looked at."""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Ear, Path]:
    """One small comparison, with what was told of it and where it lies."""
    store, ear = tmp_path_factory.mktemp("store"), Ear()
    return compare(task(EPOCHS), seeds=SEEDS, store=store, listener=ear, **ASKED), ear, store


def _of(found: Comparison, name: str) -> Candidate:
    return next(one for one in found.candidates if one.name == name)


def test_everybody_is_there(once: tuple[Comparison, Ear, Path]) -> None:
    """The remedies, their combination, and the three controls; each with its losses and a reason."""
    found, _, _ = once
    assert {one.name for one in found.candidates} == {
        "raise-dropout",
        "weight-decay",
        "raise-dropout + weight-decay",
        "early-stopping",
        "untreated",
        "random-remedy",
    }
    assert all(len(one.losses) == SEEDS and one.because for one in found.candidates)
    assert found.answer
    assert found.holdout_reads == 1


def test_budgets_are_equal(once: tuple[Comparison, Ear, Path]) -> None:
    """The same number of settings of each remedy's own number, the same seeds of each."""
    found, ear, _ = once
    assert {_of(found, name).settings_tried for name in ASKED["remedies"]} == {3}
    proofs = [run for what, run in ear.runs if "seed 0" not in what]
    assert len(proofs) == SEEDS * 4
    assert {run.epochs for run in proofs} == {EPOCHS}
    assert found.trainings == 1 + 6 + SEEDS * 4


def test_progress_counts_to_the_end(once: tuple[Comparison, Ear, Path]) -> None:
    """Every training is one of so many, and the last one is the last."""
    _, ear, _ = once
    assert ear.counts == [(done, 14) for done in range(1, 15)]
    assert ear.runs[0][0] == "dropout rate 0.2, seed 0"


def test_what_predictions_cost_is_measured(once: tuple[Comparison, Ear, Path]) -> None:
    """Each remedy with models of its own has the time of an evaluation batch, and the controls that have none do not."""
    found, _, _ = once
    timed = {one.name for one in found.candidates if any(m.name == "inference-time" for m in one.measures)}
    assert timed == {"raise-dropout", "weight-decay", "raise-dropout + weight-decay", "early-stopping"}


def test_notes_of_the_search_stay_with_their_remedy(once: tuple[Comparison, Ear, Path]) -> None:
    """They are not notes of the comparison."""
    found, _, _ = once
    assert not any("standard error" in note for note in found.notes)


def test_resuming_trains_nothing_twice(
    once: tuple[Comparison, Ear, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again reads the store, gives the same losses, and is not another look at the test set."""
    found, _, store = once
    monkeypatch.setattr("goodfit.training.Prepared.train", None)
    again = compare(task(EPOCHS), seeds=SEEDS, store=store, **ASKED)
    assert [(one.name, one.losses, one.decision) for one in again.candidates] == [
        (one.name, one.losses, one.decision) for one in found.candidates
    ]
    assert again.holdout_reads == 1


def _line() -> nn.Module:
    return nn.Sequential(nn.Linear(10, 1), nn.Flatten(0))


def _steep() -> Task:
    """Linear regression at a rate that works; three times that, and every step overshoots more than the last."""
    x, _ = data()
    y = x[:, 0] + 0.5 * torch.randn(len(x), generator=torch.Generator().manual_seed(2))
    return Task(
        name="steep",
        model=_line,
        train=(x, y),
        loss=nn.MSELoss(),
        optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.4),
        epochs=30,
    )


def test_a_diverging_remedy_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    """It failed, with the reason and without a verdict; the other one is proven all the same."""
    found = compare(_steep(), remedies=["raise-learning-rate", "train-longer"], seeds=2, store=tmp_path)
    failed = _of(found, "raise-learning-rate")
    assert "diverged" in failed.failed
    assert failed.verdict is None
    assert failed.because.startswith("Failed: ")
    longer = _of(found, "train-longer")
    assert longer.verdict is not None
    assert {score.moment for score in longer.scores} == set(Moment)
    assert "D, raise learning rate, failed" in found.answer


def test_the_prescribed_remedy_is_the_primary_one() -> None:
    """Where nothing was prescribed it is raising dropout; both are told."""
    field = field_of(prepare(as_source(task(EPOCHS))), ())
    primary = [entrant.name for entrant in field.entrants if entrant.part is Part.PRIMARY]
    assert primary == ["raise-dropout"]
    assert "nothing to try was prescribed" in field.note
    assert [each.remedy for each in field.left_out] == ["lower-dropout"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"remedies": ["pray"]}, "'pray' cannot be carried out"),
        ({"remedies": ["early-stopping"]}, "every remedy is held against"),
        ({"combinations": ["l1"]}, "is no combination"),
        ({"combinations": ["l1+l1"]}, "is no combination"),
        ({"remedies": ["lower-dropout"]}, "none of the remedies has a place"),
        ({"seeds": 0}, "0 seeds"),
    ],
)
def test_unknown_names_are_refused(asked: dict[str, object], found: str, tmp_path: Path) -> None:
    """What cannot be compared is said, with what can."""
    with pytest.raises(SettingsError, match=found) as caught:
        compare(task(1), store=tmp_path / "store", **asked)  # type: ignore[arg-type]
    assert caught.value.todo


def test_a_full_disk_stops_the_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that follows could be kept: one clear error; what was finished is found again."""
    kept = {"count": 0}
    whole = goodfit.execution.RunStore.keep

    def keep(*args: object, **kwargs: object) -> object:
        kept["count"] += 1
        if kept["count"] > 5:
            raise StoreError("a finished run cannot be kept: no space left on device", todo="free the disk")
        return whole(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("goodfit.execution.RunStore.keep", keep)
    with pytest.raises(StoreError, match="no space left"):
        compare(task(1), seeds=2, store=tmp_path, remedies=["weight-decay"])
    monkeypatch.undo()
    ear = Ear()
    compare(task(1), seeds=2, store=tmp_path, remedies=["weight-decay"], listener=ear)
    assert len(list((tmp_path / "runs").iterdir())) == 1 + 3 + 2 * 2


def test_the_bill_counts_what_will_be_trained() -> None:
    """Trainings exactly; epochs between those of the mildest and of the strongest doses."""
    prepared = prepare(as_source(task(EPOCHS)))
    field = field_of(
        prepared, (), remedies=["raise-dropout", "train-longer"], combinations=["raise-dropout+train-longer"]
    )
    cost = bill(prepared, field, seeds=3, workers=2)
    assert (cost.searches, cost.proofs, cost.trainings) == (6, 12, 19)
    lengths = [6, 8, 16]  # of training 1.5, 2 and 4 times as long
    most = EPOCHS + 3 * EPOCHS + sum(lengths) + 3 * (EPOCHS + EPOCHS + 16 + 16)
    assert cost.epochs.most == most
    assert cost.epochs.least < most
    assert 0 < cost.minutes.least < cost.minutes.most
