# SPDX-License-Identifier: Apache-2.0
"""Two rates: the second is where the first one's curve points."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from goodfit.errors import SettingsError
from goodfit.training import Settings
from goodfit.tuning import (
    CoarseGrid,
    Knob,
    Network,
    SoFar,
    TwoRates,
    dropout_knob,
    first_rate,
    higher_rate,
    milder_rate,
    next_rate,
)
from goodfit.values import Arm, History, Prescription, Run, Trial

FINE = tuple(round(0.05 * step, 2) for step in range(1, 19))


def _apply(settings: Settings, value: float) -> Settings:
    return replace(settings, knobs={"dropout rate": value})


def _knob(own: float = 0.0) -> Knob:
    fine = tuple(rate for rate in FINE if rate > own)
    return Knob(
        name="dropout rate",
        unit="drop probability",
        own=own,
        values=(0.2, 0.4, 0.6),
        milder=0.1,
        stronger=0.75,
        apply=_apply,
        fine=fine,
    )


def _run(score: float, best: int, epochs: int = 40) -> Run:
    history = History(curves={})
    return Run(seed=0, arm=Arm.TREATMENT, history=history, score=score, best_epoch=best, epochs=epochs)


def _so_far(
    own: Run, *trials: tuple[float, Run], knob: Knob | None = None, budget: int | None = None
) -> SoFar:
    return SoFar(
        knob=knob or _knob(),
        own=own,
        planned=40,
        budget=budget,
        spent=sum(run.epochs for _, run in trials),
        rounds=len(trials),
        trials=tuple(Trial(value=value, run=run) for value, run in trials),
    )


def _next(so_far: SoFar) -> list[float]:
    return [each.value for each in TwoRates().ahead(so_far).tries]


def test_half_of_the_units_first() -> None:
    """.5 where there is no dropout, and half of what is kept where there is; less where the own best epoch is late."""
    own = _run(1.0, 5)
    assert _next(_so_far(own)) == [0.5]
    assert _next(_so_far(own, knob=_knob(0.3))) == [0.65]
    assert first_rate((0.0, 28), 40) == pytest.approx(1 - 0.7 ** (1 / 0.7))
    assert _next(_so_far(_run(1.0, 28))) == [0.4]
    assert _next(_so_far(_run(1.0, 40))) == [0.3]


def test_the_second_fits_into_the_plan() -> None:
    """Best epochs of 5 and 20 give the power 2: .646 would be best at the 40th epoch, four fifths of a plan of 50."""
    assert higher_rate((0.0, 5), (0.5, 20), 50) == pytest.approx(1 - 0.5 / 2**0.5)
    assert _next(_so_far(_run(1.0, 5), (0.5, _run(0.9, 16)))) == [0.65]
    assert _next(_so_far(_run(1.0, 5), (0.5, _run(0.9, 7)))) == [0.8]  # time enough for the highest


def test_no_second_where_the_first_takes_the_plan() -> None:
    """A rate that would be best after the planned end is not tried, and that is said."""
    ahead = TwoRates().ahead(_so_far(_run(1.0, 5), (0.5, _run(0.9, 38))))
    assert not ahead.tries
    assert "planned end" in ahead.notes[0]


def test_less_where_half_was_too_much() -> None:
    """Half as far in units kept, when the first was worse than the user's own or diverged."""
    assert _next(_so_far(_run(1.0, 5), (0.5, _run(1.1, 20)))) == [0.3]
    assert _next(replace(_so_far(_run(1.0, 5)), rounds=1)) == [0.3]
    assert _next(_so_far(_run(1.0, 40), (0.3, _run(1.1, 40)))) == [0.15]
    assert milder_rate(0.2, 0.8) == pytest.approx(0.6)


def test_two_and_no_more() -> None:
    """The search ends after the second."""
    assert _next(_so_far(_run(1.0, 5), (0.5, _run(0.9, 7)), (0.8, _run(0.8, 20)))) == []


def test_a_budget_cuts_and_refuses() -> None:
    """The first arm may use all of it, the second what is left; too small a one is refused with the least that helps."""
    own = _run(1.0, 12)
    assert TwoRates().ahead(_so_far(own, budget=30)).tries[0].max_epochs == 30
    second = TwoRates().ahead(_so_far(own, (0.5, _run(0.9, 14, 22)), budget=40))
    assert second.tries[0].max_epochs == 18
    spent = TwoRates().ahead(_so_far(own, (0.5, _run(0.9, 14, 22)), budget=24))
    assert not spent.tries
    assert "budget left too little" in spent.notes[0]
    with pytest.raises(SettingsError, match="less than an arm needs"):
        TwoRates().ahead(_so_far(own, budget=10))


def test_other_knobs_have_the_coarse_grid() -> None:
    """What cannot be set freely is tried at its few values."""
    knob = replace(_knob(), fine=())
    own = _so_far(_run(1.0, 5), knob=knob)
    assert TwoRates().ahead(own) == CoarseGrid().ahead(own)
    assert TwoRates().most(knob, 40) == CoarseGrid().most(knob, 40)


@pytest.mark.parametrize("best", [1, 4, 5, 9, 39, 40])
def test_whatever_the_curves_the_rate_is_one(best: int) -> None:
    """Between the first rate and the highest, or none."""
    found = higher_rate((0.0, 5), (first_rate((0.0, 5), 40), best), 40)
    assert found is None or 0.6 <= found <= 0.8


def test_many_places_in_a_row_drop_less_each() -> None:
    """Four places drop together what two at a half would; twenty-four drop near to what transformers do."""
    assert first_rate((0.0, 5), 40, Network(places=1)) == first_rate((0.0, 5), 40) == 0.5
    for places in (2, 4, 24):
        rate = first_rate((0.0, 5), 40, Network(places=places))
        assert rate * places == pytest.approx(1.0)
    assert first_rate((0.2, 5), 40, Network(places=4)) == pytest.approx(0.2 + 0.4 / 2)
    assert next_rate(0.5, 0.7) == pytest.approx(0.65)
    assert next_rate(0.25, 0.7, Network(places=4)) == pytest.approx(0.325)
    assert next_rate(0.05, 0.7, Network(places=24)) == pytest.approx(0.06)


def test_embeddings_begin_far_higher_but_for_time() -> None:
    """A fifth of the units is kept; a late own best epoch leaves time for less."""
    assert first_rate((0.0, 5), 40, Network(embedded=True)) == 0.8
    assert first_rate((0.0, 27), 40, Network(embedded=True)) < 0.5


def test_the_knob_knows_the_network() -> None:
    """Places are counted where something is dropped; embeddings count by their share of the parameters."""
    raised = Prescription(remedy="raise-dropout")
    layers = [each for _ in range(4) for each in (nn.Linear(8, 8), nn.ReLU())]
    deep = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), *layers, nn.Linear(8, 2))
    assert dropout_knob(deep, raised, torch.zeros(2, 6)).network == Network(places=5)

    class Bag(nn.Module):
        def __init__(self, rows: int) -> None:
            super().__init__()
            self.embed, self.hidden, self.out = nn.Embedding(rows, 8), nn.Linear(8, 8), nn.Linear(8, 2)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.out(self.hidden(self.embed(ids).mean(1)).relu())
            return found

    ids = torch.zeros(2, 3, dtype=torch.long)
    assert dropout_knob(Bag(500), raised, ids).network.embedded
    assert not dropout_knob(Bag(5), raised, ids).network.embedded
