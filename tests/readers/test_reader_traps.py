# SPDX-License-Identifier: Apache-2.0
"""The traps that logs of real tools set, one test each, numbered as in docs/formats.md; those of text formats.

Traps 2 (MLflow), 11 (MLflow without steps), 12 (TensorBoard's reservoirs), 15 and 16 belong to binary formats.
Traps 1 and 5 have their tests beside the logs of the tools, in test_printed_real_tools.py and test_reader_inputs.py.
"""

from math import isnan
from pathlib import Path

import pytest

from goodfit.readers import Log, read_history, read_log
from goodfit.rules import diagnose
from goodfit.values import History, MeasuredAs, Outcome

DATA = Path(__file__).parents[1] / "data" / "logs"


def read(text: str) -> History:
    """Read one run."""
    (history,) = read_log(Log(source="log", raw=text.encode()))
    return history


def said(history: History, phrase: str) -> bool:
    """Whether a warning holds the phrase."""
    return any(phrase in warning for warning in history.warnings)


def test_1_a_loss_of_zero_with_a_gradient_that_is_not_finite_is_nan() -> None:
    """In the trainer's state as in its printing: the training diverged, and is diagnosed as diverged."""
    history = read_history(DATA / "hugging_face" / "diverged.log")
    found = {d.name for d in diagnose(history) if d.outcome is Outcome.PRESENT}
    assert "diverging" in found
    assert said(history, "logging_nan_inf_filter")


@pytest.mark.parametrize("nan", ["NaN", '"NaN"', "nan", '"nan"'])
def test_2_nan_as_each_tool_writes_it(nan: str) -> None:
    """Bare NaN, "NaN" in quotes and nan are NaN in JSON Lines, JSON and CSV."""
    value = nan if nan in ("NaN", '"NaN"') else nan.strip('"')
    line = f'{{"epoch": 1, "val_loss": {nan if nan != "nan" else "NaN"}}}\n'
    assert isnan(read('{"epoch": 0, "val_loss": 1.5}\n' + line).curves["val_loss"].values[1])
    assert isnan(read(f"epoch,val_loss\n0,1.5\n1,{value}\n").curves["val_loss"].values[1])


def test_3_missing_is_not_nan() -> None:
    """Keras' own file: `NA` where nothing was validated is no point, and never NaN."""
    history = read_history(DATA / "keras" / "lines.csv")
    assert history.curves["val_loss"].x == (1.0, 3.0, 5.0)
    assert not any(map(isnan, history.curves["val_loss"].values))
    assert len(history.curves["train_loss"]) == 6


def test_4_how_the_training_loss_was_measured_is_a_fact_of_its_curve() -> None:
    """Epoch mean, running mean, last batch and evaluation mode are told apart by tool."""
    assert read_history(DATA / "keras" / "bars.csv").curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN
    assert (
        read_history(DATA / "fastai" / "history.csv").curves["train_loss"].measured_as is MeasuredAs.SMOOTHED
    )
    assert (
        read_history(DATA / "lightning" / "metrics.csv").curves["train_loss"].measured_as
        is MeasuredAs.EPOCH_MEAN
    )
    nano = read(
        "step 0: train loss 4.2, val loss 4.1\niter 0: loss 4.3, time 1ms\nstep 5: train loss 3.2, val loss 3.1\n"
    )
    assert nano.curves["train_loss_eval"].measured_as is MeasuredAs.EVAL_MODE
    assert nano.curves["train_loss"].measured_as is MeasuredAs.LAST_BATCH


@pytest.mark.parametrize(
    "again",
    [
        "epoch,train_loss,val_loss\n2,1.0,1.1\n3,0.9,1.2\n",  # appended with a second header
        "2,1.0,1.1\n3,0.9,1.2\n",  # appended without
    ],
)
def test_6_a_resumed_training_keeps_what_was_written_last(again: str) -> None:
    """Epochs logged twice keep the later value, and the jump back is said."""
    history = read("epoch,train_loss,val_loss\n0,2.0,1.9\n1,1.5,1.6\n2,9.0,9.1\n" + again)
    assert history.curves["val_loss"].values == (1.9, 1.6, 1.1, 1.2)
    assert said(history, "goes back from epoch 2 to epoch 2") or said(history, "several values for one epoch")


def test_6_a_printed_log_that_goes_back() -> None:
    """A log to which a second training was appended keeps the second, and says that it goes back."""
    lines = "".join(f"Epoch {e} loss: {v}.5 val_loss: {v}.7\n" for e, v in ((1, 9), (2, 8), (1, 3), (2, 2)))
    history = read(lines)
    assert history.curves["val_loss"].values == (3.7, 2.7)
    assert said(history, "goes back from epoch 2 to epoch 1")


def test_7_too_few_training_points_is_said_and_not_guessed() -> None:
    """One training point beside ten validations is a finding of its own, and no gap is read from it."""
    rows = "".join(f"{e},{7 * e + 6},,{2 - e / 10}\n" for e in range(10))
    history = read("epoch,step,train_loss,val_loss\n" + rows + "9,69,1.1,\n")
    assert len(history.curves["train_loss"]) == 1
    found = {d.name: d.outcome for d in diagnose(history)}
    assert found["few-training-points"] is Outcome.PRESENT


def test_8_steps_of_the_optimiser_join_both_curves() -> None:
    """With accumulation four training points stand beside ten evaluations, each at its own step."""
    records = [
        f'{{"step": {s}, "epoch": {s / 2}, "loss": {3 - s / 10}, "learning_rate": 0.1}}'
        for s in (5, 10, 15, 20)
    ]
    records += [
        f'{{"step": {s}, "epoch": {s / 2}, "eval_loss": {3 - s / 9}, "eval_runtime": 1}}'
        for s in range(2, 21, 2)
    ]
    history = read("\n".join(records) + "\n")
    assert history.curves["train_loss"].x == (5.0, 10.0, 15.0, 20.0)
    assert history.curves["val_loss"].x == tuple(range(2, 21, 2))


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("epoch,train_loss,val_loss/dataloader_idx_0,val_loss/dataloader_idx_1\n0,2,3,4\n1,1,2,5\n", "val_loss_dataloader_idx_1"),
        ('{"step": 1, "loss": 2, "learning_rate": 1}\n{"step": 1, "eval_a_loss": 3, "eval_a_runtime": 1}\n{"step": 1, "eval_b_loss": 4, "eval_b_runtime": 1}\n{"step": 2, "eval_a_loss": 2, "eval_b_loss": 5}\n', "val_loss_b"),
    ],
)  # fmt: skip
def test_9_several_validation_sets_are_all_kept(text: str, second: str) -> None:
    """The first one is the validation loss, which is said, with the option that chooses another; the second is kept."""
    history = read(text)
    assert history.curves["val_loss"].values == (3.0, 2.0)
    assert history.curves[second].values == (4.0, 5.0)
    assert said(history, "--val NAME")


def test_9_sets_without_a_telling_name() -> None:
    """XGBoost's scikit-learn interface does not say which set is the training's: that is said, and can be chosen."""
    guessed = read_history(DATA / "xgboost" / "sklearn.log")
    assert said(guessed, "validation_0 often is")
    chosen = read_history(
        DATA / "xgboost" / "sklearn.log", train="validation_0-mlogloss", val="validation_1-mlogloss"
    )
    assert chosen.train is not None
    assert chosen.val is not None
    assert chosen.train.values[0] < chosen.val.values[0]
    assert not said(chosen, "validation sets")


def test_10_the_summary_at_the_end_is_no_last_loss() -> None:
    """The mean over the whole run that the trainer prints last is not a point of the training loss."""
    history = read_history(DATA / "hugging_face" / "printed.log")
    assert history.curves["train_loss"].values[-1] == 1.507
    assert 1.831 not in history.curves["train_loss"].values


def test_13_a_log_that_lags_behind_is_read_as_far_as_it_goes() -> None:
    """Lightning's validation row of the running epoch stands before its training row: both curves are as long as logged."""
    history = read("epoch,step,train_loss,val_loss\n0,6,,1.7\n0,6,2.0,\n1,13,,1.5\n1,13,1.4,\n2,20,,1.4\n")
    assert len(history.curves["val_loss"]) == 3
    assert len(history.curves["train_loss"]) == 2


@pytest.mark.parametrize("first", [0, 1])
def test_14_epochs_keep_the_number_that_the_tool_gave_them(first: int) -> None:
    """Counted from 0 or from 1, in a table or printed, epochs are not renumbered."""
    rows = "".join(f"{first + e},{2 - e},{2.5 - e}\n" for e in range(2))
    assert read("epoch,train_loss,val_loss\n" + rows).curves["val_loss"].x == (first, first + 1)
    lines = "".join(f"Epoch {first + e}: train_loss {2 - e}.0, val_loss {2.5 - e}\n" for e in range(2))
    assert read(lines).curves["val_loss"].x == (first, first + 1)
