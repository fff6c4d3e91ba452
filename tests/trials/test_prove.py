# SPDX-License-Identifier: Apache-2.0
"""The proof: fair pairs, seeds that nobody tuned on, a test set that is opened once and counted."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from goodfit.errors import SettingsError, TaskError
from goodfit.execution import Job, carry_out
from goodfit.execution.ledger import LEDGER
from goodfit.proof import HoldoutLedger
from goodfit.training import Settings, TaskSource, load_task, load_weights, prepare
from goodfit.trials import Proof, allow, estimate, prove
from goodfit.values import Arm, Decision, Split
from toy_task import decayed

DECAY = Settings(seed=0, treatment=decayed(0.3), knobs={"weight decay": 0.3})
NOTHING = Settings(seed=0, treatment=decayed(0.0), knobs={"weight decay": 0.0})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that the tests of this file share."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def proof(toy: str, store: Path) -> Proof:
    """Two seeds: enough to look at, too few to claim."""
    return prove(f"{toy}:task", DECAY, seeds=2, store=store)


def test_pairs_share_all_but_the_treatment(proof: Proof) -> None:
    """Each seed has both arms, early stopped, scored on the same locked examples; the seeds differ from the search's."""
    arms = {(run.seed, run.arm) for run in proof.runs}
    assert arms == {(seed, arm) for seed in (1, 2) for arm in Arm}
    assert all(run.measured_on is Split.TEST for run in proof.runs)
    assert {len(run.per_example) for run in proof.runs} == {80}
    assert all(run.epochs - run.best_epoch <= max(5, run.best_epoch // 2) + 1 for run in proof.runs)
    assert proof.verdict.seeds == (1, 2)
    assert (proof.checkpoint / "weights.safetensors").is_file()


def test_reads_of_the_test_set_are_counted(toy: str, store: Path, proof: Proof) -> None:
    """The same comparison again is the same look; another comparison is another."""
    mark = prepare(TaskSource(f"{toy}:task")).holdout_fingerprint
    assert proof.verdict.holdout_reads == 1
    assert prove(f"{toy}:task", DECAY, seeds=2, store=store).verdict == proof.verdict
    assert HoldoutLedger(store / LEDGER).reads(mark) == 1
    assert prove(f"{toy}:task", DECAY, seeds=1, store=store).verdict.holdout_reads == 2


def test_scores_are_those_of_the_stored_weights(toy: str, proof: Proof) -> None:
    """The test loss is that of the best checkpoint, computed here by hand; the one to keep has the lowest validation loss."""
    prepared = prepare(TaskSource(f"{toy}:task"))
    x, y = prepared.holdout.examples.batch(prepared.holdout.indices)
    by_hand = {}
    for folder in proof.checkpoint.parent.glob("[!.]*"):
        model = prepared.task.model()
        model.load_state_dict(load_weights(Path(str(folder)) / "weights.safetensors"))
        with torch.no_grad():
            by_hand[folder.name] = float(torch.nn.functional.cross_entropy(model(x), y))
    assert {round(run.score, 5) for run in proof.runs} <= {round(loss, 5) for loss in by_hand.values()}
    treated = [run for run in proof.runs if run.arm is Arm.TREATMENT]
    best = min(treated, key=lambda run: min(run.history.curves["val_loss"].values))
    assert best.score == pytest.approx(by_hand[proof.checkpoint.name], abs=1e-5)


def test_a_capped_proof_says_so(toy: str, tmp_path: Path) -> None:
    """Both arms are capped alike, and the verdict names what that means."""
    proof = prove(f"{toy}:task", replace(DECAY, max_epochs=3), seeds=1, store=tmp_path)
    assert {run.epochs for run in proof.runs} == {3}
    assert any("after 3 epochs" in limit for limit in proof.verdict.limits)


def test_a_task_that_changes_between_loads_is_refused(toy: str, tmp_path: Path) -> None:
    """A run of other data than the parent saw is never taken for one of this task."""
    job = Job(TaskSource(f"{toy}:task"), DECAY, tmp_path, fingerprint="of something else")
    with pytest.raises(TaskError, match="each time it is loaded"):
        carry_out(job)


def test_nothing_against_nothing_is_no_improvement(toy: str, store: Path) -> None:
    """A treatment that changes nothing is never called better or worse."""
    verdict = prove(f"{toy}:task", NOTHING, seeds=5, store=store).verdict
    assert verdict.decision not in (Decision.IMPROVED, Decision.WORSE)
    assert verdict.effect.value == 0


def test_one_seed_speaks_about_two_checkpoints(toy: str, store: Path) -> None:
    """With one pair the verdict says that it covers these two checkpoints only."""
    verdict = prove(f"{toy}:task", DECAY, seeds=1, store=store).verdict
    assert any("checkpoint" in text for text in (verdict.method, *verdict.limits))
    with pytest.raises(SettingsError, match="0 seeds"):
        prove(f"{toy}:task", DECAY, seeds=0, store=store)


def test_groups_reach_the_proof(toy: str, tmp_path: Path) -> None:
    """Test examples of one group count as one independent unit."""
    task = replace(load_task(f"{toy}:task"), groups=[i // 4 for i in range(400)])
    verdict = prove(task, DECAY, seeds=1, store=tmp_path).verdict
    assert verdict.test_groups == verdict.test_examples / 4


def test_a_budget_is_shared_out() -> None:
    """The user's own run comes first, the search takes a third of the rest, the proof what remains."""
    allowance = allow(300, 60, 5)
    assert (allowance.own, allowance.tuning, allowance.proof_run) == (60, 80, 16)
    assert allow(None, 60, 5).proof_run is None
    assert allow(10_000, 60, 5).proof_run is None
    with pytest.raises(SettingsError, match="allow at least 74"):
        allow(70, 60, 5)


def test_the_estimate_counts_every_run(toy: str) -> None:
    """The cost line is the worst case: every run to its planned end or its cap."""
    prepared = prepare(TaskSource(f"{toy}:task"))
    cost = estimate(prepared, allow(None, 12, 5), 5, 2)
    assert (cost.runs, cost.epochs) == (15, 12 * 15)
    assert cost.minutes > 0
    assert estimate(prepared, allow(60, 12, 5), 5, 2).epochs == 12 + 16 + 30
