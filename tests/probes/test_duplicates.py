# SPDX-License-Identifier: Apache-2.0
"""Copies between the splits are found, and neighbours are not taken for copies."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import probe_tasks
import toy_task
from goodfit.probes import Lab, probe
from goodfit.probes._twins import marks
from goodfit.training import Task, as_source
from goodfit.values import Outcome, ProbeResult


def _task(train: Tensor, held: Tensor, **changed: Any) -> Task:
    task = replace(
        toy_task.task(epochs=1),
        train=(train, (torch.arange(len(train)) % 2)),
        validation=(held, torch.arange(len(held)) % 2),
        test=toy_task.data(40),
    )
    return replace(task, **changed)


def _look(task: Task, store: Path) -> ProbeResult:
    (result,) = probe(task, ["duplicates"], store=store)
    return result


def test_exact_and_near_copies_are_counted(tmp_path: Path) -> None:
    """Five equal inputs and five that were moved a little, two of the equal ones with another label."""
    result = _look(probe_tasks.copied(), tmp_path)
    assert "5 exact and 5 near among 110 validation examples" in result.message
    assert result.measured("validation examples with a twin in training") == pytest.approx(100 * 10 / 110)
    assert result.measured("twins with another label") == pytest.approx(40)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("width", [3, 10, 2000])
def test_independent_examples_have_no_twins(width: int, tmp_path: Path) -> None:
    """In few and in many dimensions, neighbours by chance are not near copies."""
    x = torch.randn(600, width, generator=torch.Generator().manual_seed(width))
    result = _look(_task(x[:400], x[400:], model=lambda: nn.Linear(width, 2)), tmp_path)
    assert result.outcome is Outcome.ABSENT, result.message


def test_near_copies_in_many_dimensions(tmp_path: Path) -> None:
    """The random projection keeps copies near: a faint change of 2,000 pixels is found."""
    x = torch.randn(600, 2000, generator=torch.Generator().manual_seed(2))
    held = torch.cat([x[:20] + 0.02 * torch.randn(20, 2000), x[400:580]])
    result = _look(_task(x[:400], held, model=lambda: nn.Linear(2000, 2)), tmp_path)
    assert "0 exact and 20 near" in result.message


def test_coarse_inputs_are_not_judged_by_nearness(tmp_path: Path) -> None:
    """Where training examples crowd on few values, only equal inputs are counted, and that is said."""
    x = torch.rand(600, 1, generator=torch.Generator().manual_seed(9))
    result = _look(_task(x[:400], x[400:], model=lambda: nn.Linear(1, 2)), tmp_path)
    assert "no near ones were looked for" in result.message
    assert "cannot be told" in result.message


def test_texts_are_compared_as_sets_of_pairs(tmp_path: Path) -> None:
    """Token sequences: equal ones are exact twins, one word changed is a near one, others are neither."""
    tokens = torch.randint(1, 5000, (600, 60), generator=torch.Generator().manual_seed(7))
    held = tokens[400:].clone()
    held[:10] = tokens[:10]
    held[10:20] = tokens[10:20]
    held[10:20, 30] = 4999
    model = lambda: nn.Sequential(nn.EmbeddingBag(5000, 8), nn.Linear(8, 2))  # noqa: E731 - a factory
    result = _look(_task(tokens[:400], held, model=model), tmp_path)
    assert "10 exact and 10 near among 200" in result.message


def test_few_twins_that_disagree_are_a_remark(tmp_path: Path) -> None:
    """Too few copies to matter, with other labels: a note about the labels, not about a leak."""
    x, y = toy_task.data(900)
    held, labels = x[500:].clone(), y[500:].clone()
    held[:3], labels[:3] = x[:3], 1 - y[:3]
    task = replace(_task(x[:500], held), train=(x[:500], y[:500]), validation=(held, labels))
    result = _look(task, tmp_path)
    assert result.severity == "note"
    assert "disagree in their labels" in result.message


def test_the_test_set_is_not_opened(tmp_path: Path) -> None:
    """What was seen while locking is told; the ledger of looks stays empty."""
    x, y = toy_task.data(300)
    task = replace(toy_task.task(epochs=1), train=(x, y), test=(x[:30], y[:30]))
    assert "30 of its 30 examples are in the training data too" in _look(task, tmp_path).message
    assert not (tmp_path / "holdout.jsonl").exists()


def test_marks_see_all_inputs(tmp_path: Path) -> None:
    """Two inputs that agree in one tensor and differ in the other are not equal."""
    x = torch.randn(100, 10, generator=torch.Generator().manual_seed(1))
    other = torch.arange(100).float().reshape(-1, 1)

    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Linear(11, 2)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return self.net(torch.cat([a, b], dim=1))  # type: ignore[no-any-return]

    same = x[:1].expand(100, -1).contiguous()
    task = replace(toy_task.task(), train=(same, other, torch.arange(100) % 2), model=Both)
    lab = Lab(as_source(task), tmp_path)
    assert len(set(marks(lab, lab.split.train))) == len(lab.split.train)
