# SPDX-License-Identifier: Apache-2.0
"""A treatment on a schedule: every kind of place follows it, and what comes last is the treatment itself."""

import pytest
import torch
from torch import nn

from goodfit.errors import SettingsError, SurgeryError
from goodfit.nn import EmbeddingDropout, attached, key_dropouts_, weight_dropped
from goodfit.surgery import (
    RateSchedule,
    Subject,
    at_dose,
    can_turn,
    in_stages,
    plan,
    planned_with,
    revert_,
    treat_,
)
from goodfit.values import Edit, EditKind, Prescription, RateStage, Treatment, dumps, loads

RAISE = Prescription(remedy="raise-dropout")
EARLIER = (RateStage(rate=0.5, epochs=3), RateStage(rate=0.6, epochs=2))


def _model() -> nn.Module:
    """One dropout of its own, at .2, and a hidden layer without."""
    return nn.Sequential(
        nn.Linear(6, 8),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(8, 8),
        nn.ReLU(),
        nn.Linear(8, 2),
    )


def _treatment(model: nn.Module, rate: float = 0.75) -> Treatment:
    return at_dose(plan(model, RAISE, dose=0.95, example=torch.zeros(4, 6)), rate)


def _rates(model: nn.Module) -> list[float]:
    return [module.p for module in model.modules() if isinstance(module, nn.Dropout)]


def test_the_rates_follow_the_schedule() -> None:
    """.5 for three epochs, .6 for two, then the treatment's own; a later stage is told once, as it begins."""
    model = _model()
    treatment = in_stages(_treatment(model), EARLIER)
    treat_(model, treatment)
    schedule = RateSchedule(model, treatment)
    begins, rates = zip(*((schedule.begin(epoch), set(_rates(model))) for epoch in range(1, 8)), strict=True)
    assert rates == ({0.5}, {0.5}, {0.5}, {0.6}, {0.6}, {0.75}, {0.75})
    assert begins == (False, False, False, True, False, True, False)
    assert [schedule.is_last(epoch) for epoch in (5, 6)] == [False, True]


def test_it_is_taken_up_in_any_epoch() -> None:
    """A training that is gone on with in its fourth epoch has the rates of the fourth."""
    model = _model()
    treatment = in_stages(_treatment(model), EARLIER)
    treat_(model, treatment)
    RateSchedule(model, treatment).begin(4)
    assert set(_rates(model)) == {0.6}


def test_a_place_never_drops_less_than_before() -> None:
    """A layer at .2 stays there where a stage has less; one without dropout follows."""
    model = _model()
    treatment = in_stages(_treatment(model), (RateStage(rate=0.1, epochs=2),))
    treat_(model, treatment)
    RateSchedule(model, treatment).begin(1)
    assert sorted(_rates(model)) == [0.1, 0.2]


def test_it_is_reverted_after_its_end() -> None:
    """`end` sets the last rates, and the model is as it was before."""
    model = _model()
    before = repr(model)
    treatment = in_stages(_treatment(model), EARLIER)
    treat_(model, treatment)
    schedule = RateSchedule(model, treatment)
    schedule.begin(1)
    schedule.end()
    revert_(model, treatment)
    assert repr(model) == before


class _Sequences(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(9, 4), nn.LSTM(4, 5, batch_first=True)
        self.out = nn.Linear(5, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.out(self.lstm(self.embedding(ids))[0][:, -1])
        return found


def test_every_kind_of_place_follows() -> None:
    """Locked dropout, dropped weights and dropped rows of an embedding, none above the most that its place takes."""
    model = _Sequences()
    kinds = {
        EditKind.LOCKED_DROPOUT: ("lstm", "batch first"),
        EditKind.WEIGHT_DROP: ("lstm", ""),
        EditKind.EMBEDDING_DROPOUT: ("embedding", ""),
        EditKind.INSERT_DROPOUT: ("out", ""),
    }
    edits = tuple(
        Edit(path=path, kind=kind, before=None, after=0.7, code="", manner=manner, most=0.7)
        for kind, (path, manner) in kinds.items()
    )
    planned = plan(model, RAISE, dose=0.7, example=torch.zeros(2, 3, dtype=torch.long))
    treatment = in_stages(
        Treatment(prescription=RAISE, edits=edits, model_fingerprint=planned.model_fingerprint),
        (RateStage(rate=0.4, epochs=1), RateStage(rate=0.9, epochs=1)),
    )
    treat_(model, treatment)
    keys = key_dropouts_(model, seed=1)
    schedule = RateSchedule(model, treatment)
    for epoch, rate in ((1, 0.4), (2, 0.7), (3, 0.7)):
        schedule.begin(epoch)
        rows, weights = attached(model.embedding, "output"), weight_dropped(model.lstm)
        assert isinstance(rows, EmbeddingDropout)
        assert weights is not None
        found = [rows.p, weights.p, *(getattr(attached(each), "p", None) for each in (model.lstm, model.out))]
        assert found == [rate] * 4
    assert not keys.left_alone


def test_it_survives_json_and_says_what_to_write() -> None:
    """A treatment on a schedule can be kept, and its code, run epoch by epoch, gives the schedule's rates."""
    treatment = in_stages(_treatment(_model()), EARLIER)
    assert loads(Treatment, dumps(treatment)) == treatment
    schedule = RateSchedule(_model(), treatment)
    for epoch in range(1, 8):
        names = {"epoch": epoch}
        exec(treatment.edits[-1].code, names)  # noqa: S102 - what a user is told to write
        assert names["rate"] == (schedule.rate(epoch) or 0.75)


def test_the_last_stage_has_time() -> None:
    """A fifth of the plan at least, and never more than five quarters of it in all."""
    assert planned_with((), 40) == 40
    assert planned_with((RateStage(rate=0.5, epochs=10),), 40) == 40
    assert planned_with((RateStage(rate=0.5, epochs=38),), 40) == 46
    assert planned_with((RateStage(rate=0.5, epochs=46),), 40) == 50
    subject = Subject(model=_model(), epochs=40)
    treatment = in_stages(_treatment(subject.model), (RateStage(rate=0.5, epochs=38),))
    treat_(subject, treatment)
    assert (subject.epochs, subject.earlier) == (46, (RateStage(rate=0.5, epochs=38),))
    revert_(subject, treatment)
    assert (subject.epochs, subject.earlier) == (40, ())


def test_what_cannot_be_turned_is_refused() -> None:
    """Other edits than rates, a schedule on a schedule, stages without epochs; a training has one schedule."""
    model = _model()
    staged = in_stages(_treatment(model), EARLIER)
    assert not can_turn(staged)
    with pytest.raises(SettingsError, match="schedule of the rate"):
        in_stages(staged, EARLIER)
    with pytest.raises(SettingsError, match="without edits"):
        in_stages(Treatment(prescription=RAISE, edits=()), EARLIER)
    for bad in (RateStage(rate=0.5, epochs=0), RateStage(rate=1.0, epochs=2)):
        with pytest.raises(SettingsError, match="is none"):
            in_stages(_treatment(model), (bad,))
    subject = Subject(model=model, earlier=EARLIER)
    with pytest.raises(SurgeryError, match="schedule of the rate"):
        treat_(subject, staged)
    assert in_stages(_treatment(model), ()) == _treatment(model)
