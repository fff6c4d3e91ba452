# SPDX-License-Identifier: Apache-2.0
"""Every trap of separated text that the readers know has one small log here."""

from math import isnan
from pathlib import Path

import pytest

from goodfit.readers import Log, read_history, read_log
from goodfit.values import Axis, Goal, History, MeasuredAs, Split


def read(text: str | bytes) -> History:
    """Read one run from text."""
    raw = text if isinstance(text, bytes) else text.encode()
    (history,) = read_log(Log(source="log.csv", raw=raw))
    return history


def points(history: History, name: str) -> list[tuple[float, float]]:
    """The points of a curve as pairs."""
    curve = history.curves[name]
    return list(zip(curve.x, curve.values, strict=True))


def said(history: History, phrase: str) -> bool:
    """Whether some warning holds the phrase."""
    return any(phrase in warning for warning in history.warnings)


def test_plain_log() -> None:
    """A plain log gives both losses at their epochs, without a warning."""
    history = read("epoch,train_loss,val_loss\n0,2.0,1.9\n1,1.5,1.6\n")
    assert points(history, "train_loss") == [(0, 2.0), (1, 1.5)]
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.6)]
    assert history.curves["train_loss"].measured_as is MeasuredAs.UNKNOWN
    assert history.curves["val_loss"].measured_as is MeasuredAs.EVAL_MODE
    assert history.warnings == ()
    assert history.source == "log.csv"


def test_missing_is_not_nan() -> None:
    """Empty, NA and null cells are left out; a logged nan stays, infinities too."""
    history = read("epoch,train_loss,val_loss\n0,2.0,\n1,nan,NA\n2,inf,null\n3,1.0,nan\n")
    train, val = history.curves["train_loss"], history.curves["val_loss"]
    assert list(train.x) == [0, 1, 2, 3]
    assert isnan(train.values[1])
    assert train.values[2] == float("inf")
    assert list(val.x) == [3]
    assert isnan(val.values[0])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    """Commas, semicolons, tabs and bars are told apart by the header."""
    text = "epoch,train_loss,val_loss\n0,2.0,1.9\n1,1.5,1.6\n".replace(",", delimiter)
    assert points(read(text), "val_loss") == [(0, 1.9), (1, 1.6)]


def test_decimal_comma() -> None:
    """A spreadsheet's decimal comma is read where the delimiter is another sign."""
    assert points(read("epoch;loss;val_loss\n0;2,5;1,25\n1;2,25;1,5e0\n"), "val_loss") == [
        (0, 1.25),
        (1, 1.5),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_and_windows_line_ends(encoding: str) -> None:
    """A byte order mark is no part of the first name, and CRLF no part of the last cell."""
    history = read("epoch,train_loss,val_loss\r\n0,2.0,1.9\r\n1,1.5,1.6\r\n".encode(encoding))
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.6)]


def test_keras_csv_with_validation_every_second_epoch() -> None:
    """Keras writes NA where validation was skipped; its training numbers are epoch means."""
    history = read("epoch,accuracy,loss,val_accuracy,val_loss\n0,0.3,2.0,NA,NA\n1,0.6,1.5,0.5,1.6\n")
    assert points(history, "val_loss") == [(1, 1.6)]
    assert history.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN
    assert history.curves["train_accuracy"].goal is Goal.MAXIMIZE
    assert history.curves["val_accuracy"].split is Split.VALIDATION


def test_fastai_csv() -> None:
    """The training loss of fastai is a running mean, and its bare metrics are validation metrics."""
    history = read(
        "epoch,train_loss,valid_loss,accuracy,time\n0,2.1,1.7,0.68,00:05\n1,1.8,1.1,0.81,01:00:05\n"
    )
    assert history.curves["train_loss"].measured_as is MeasuredAs.SMOOTHED
    assert points(history, "val_accuracy") == [(0, 0.68), (1, 0.81)]
    assert history.warnings == ()


def test_fastai_append_writes_a_second_header() -> None:
    """The training that was written last is read, and the earlier one is said to be dropped."""
    one = "epoch,train_loss,valid_loss,time\n0,2.0,1.9,00:01\n1,1.5,1.6,00:01\n"
    history = read(one + "epoch,train_loss,valid_loss,time\n0,1.0,0.9,00:01\n1,0.5,0.6,00:01\n")
    assert points(history, "val_loss") == [(0, 0.9), (1, 0.6)]
    assert said(history, "header line comes 2 times")
    assert said(history, "goes back from epoch 1 to epoch 0")


def test_second_header_with_other_columns() -> None:
    """A second header is followed: cells belong to the names above them."""
    history = read("epoch,train_loss,val_loss\n0,2.0,1.9\nepoch,val_loss,train_loss\n1,1.6,1.5\n")
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.6)]


def test_padded_names_and_cells() -> None:
    """Names and cells padded with spaces are read as if they were not; index columns are ignored."""
    history = read(",   epoch,  train/loss,   val/loss\n0,  1,  2.0,  1.9\n1,  2,  1.5, 1.6\n")
    assert points(history, "val_loss") == [(1, 1.9), (2, 1.6)]


ULTRALYTICS = (
    "  epoch, train/box_loss, train/cls_loss, metrics/precision(B), metrics/mAP50(B), val/box_loss, val/cls_loss\n"
    "      1,            1.5,            2.5,                  0.4,              0.3,          1.0,          2.0\n"
    "      2,            1.0,            2.0,                  0.5,              0.4,          1.5,          2.0\n"
)


def test_ultralytics_parts_are_summed_and_said() -> None:
    """Ultralytics' parts are kept, and their sum is the loss, with a warning that names them."""
    history = read(ULTRALYTICS)
    assert points(history, "train_loss") == [(1, 4.0), (2, 3.0)]
    assert points(history, "val_loss") == [(1, 3.0), (2, 3.5)]
    assert points(history, "val_box_loss") == [(1, 1.0), (2, 1.5)]
    assert history.curves["val_map50_b"].goal is Goal.MAXIMIZE
    assert said(history, "sums of box_loss, cls_loss")


def test_parts_of_unknown_tools_are_named_and_none_is_chosen() -> None:
    """Several loss pairs without a total are kept under their names, and the doubt is said."""
    history = read(
        "epoch,train_g_loss,train_d_loss,val_g_loss,val_d_loss,val_fid\n0,1,2,3,4,50\n1,1,2,3,4,40\n"
    )
    assert "val_loss" not in history.curves
    assert "train_loss" not in history.curves
    assert {"train_g_loss", "train_d_loss", "val_g_loss", "val_d_loss"} <= set(history.curves)
    assert history.val is not None
    assert history.val.metric == "fid"
    assert said(history, "validation loss stands in 2 parts (g_loss, d_loss)")


def test_a_single_named_loss_is_the_loss() -> None:
    """One pair of losses with a name of its own is the loss."""
    history = read("epoch,train_ce_loss,val_ce_loss\n0,2.0,1.9\n1,1.5,1.6\n")
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.6)]
    assert set(history.curves) == {"train_loss", "val_loss"}


def test_total_loss_beside_its_parts() -> None:
    """A total stands for the loss, its parts are kept beside it."""
    history = read("epoch,train_total_loss,train_kl_loss,val_total_loss,val_kl_loss\n0,2,1,3,1\n1,1,0,2,1\n")
    assert points(history, "val_loss") == [(0, 3), (1, 2)]
    assert "val_kl_loss" in history.curves
    assert history.warnings == ()


LIGHTNING = (
    "epoch,step,train_loss_epoch,train_loss_step,val_acc,val_loss\n"
    "0,4,,2.2,,\n0,6,,,0.6,1.7\n0,6,2.0,,,\n1,9,,1.4,,\n1,11,,1.2,,\n1,13,,,0.7,1.5\n1,13,1.5,,,\n"
)


def test_lightning_rows_are_merged_per_epoch() -> None:
    """Training and validation rows of an epoch meet, and `_epoch` is preferred over `_step`."""
    history = read(LIGHTNING)
    assert points(history, "train_loss") == [(0, 2.0), (1, 1.5)]
    assert points(history, "val_loss") == [(0, 1.7), (1, 1.5)]
    assert points(history, "train_loss_step") == [(0, 2.2), (1, 1.2)]
    assert history.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN
    assert history.curves["train_loss_step"].measured_as is MeasuredAs.LAST_BATCH
    assert history.warnings == ()


def test_lightning_tells_epoch_means_from_single_batches_by_row_order() -> None:
    """A training row after its validation is an epoch mean, one before it a single batch."""
    after = read("epoch,step,train_loss,val_loss\n0,6,,1.7\n0,6,2.0,\n1,13,,1.5\n1,13,1.5,\n")
    before = read("epoch,step,train_loss,val_loss\n0,5,2.0,\n0,6,,1.7\n1,11,1.5,\n1,13,,1.5\n")
    assert after.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN
    assert before.curves["train_loss"].measured_as is MeasuredAs.LAST_BATCH


def test_lightning_validation_within_an_epoch_uses_steps() -> None:
    """Validation every half epoch keeps all its points: x is the step, not the epoch."""
    history = read(
        "epoch,step,train_loss,val_loss\n0,3,,1.9\n0,6,,1.7\n0,6,2.0,\n1,10,,1.6\n1,13,,1.5\n1,13,1.5,\n"
    )
    assert points(history, "val_loss") == [(3, 1.9), (6, 1.7), (10, 1.6), (13, 1.5)]
    assert history.curves["val_loss"].axis is Axis.STEP


def test_several_validation_sets() -> None:
    """All validation sets are kept, the first is val_loss, and that is said."""
    history = read(
        "epoch,step,train_loss,val_loss/dataloader_idx_0,val_loss/dataloader_idx_1\n0,6,,1.7,2.7\n0,6,2,,\n"
    )
    assert points(history, "val_loss") == [(0, 1.7)]
    assert points(history, "val_loss_dataloader_idx_1") == [(0, 2.7)]
    assert said(history, "2 validation sets")


def test_resumed_training_cuts_at_the_backward_jump() -> None:
    """A resumed log repeats epochs: what was written last counts, in every column."""
    history = read("epoch,train_loss,val_loss\n0,4,4\n1,3,3\n2,2.5,2.5\n1,2,2\n2,1,1\n")
    assert points(history, "val_loss") == [(0, 4), (1, 2), (2, 1)]
    assert said(history, "goes back from epoch 2 to epoch 1")
    assert said(history, "4 earlier points dropped")


def test_repeated_epoch_keeps_the_last() -> None:
    """An epoch that is logged twice counts once, with its later values."""
    history = read("epoch,train_loss,val_loss\n0,4,4\n1,3,3\n1,2,2\n2,1,1\n")
    assert points(history, "val_loss") == [(0, 4), (1, 2), (2, 1)]
    assert said(history, "several values for one epoch (1 time)")


def test_validation_written_below_training_is_no_backward_jump() -> None:
    """Training rows first and validation rows below them are one run."""
    history = read("epoch,train_loss,val_loss\n0,4,\n1,3,\n2,2,\n0,,5\n1,,4\n2,,3\n")
    assert points(history, "train_loss") == [(0, 4), (1, 3), (2, 2)]
    assert points(history, "val_loss") == [(0, 5), (1, 4), (2, 3)]
    assert history.warnings == ()


def test_step_column_and_no_column() -> None:
    """Without an epoch the step is x; without both, rows are counted and that is said."""
    stepped = read("iter,train_loss,val_loss\n100,2,1.9\n200,1.5,1.6\n")
    counted = read("train_loss,val_loss\n2,1.9\n1.5,1.6\n")
    assert stepped.curves["val_loss"].axis is Axis.STEP
    assert list(stepped.curves["val_loss"].x) == [100, 200]
    assert list(counted.curves["val_loss"].x) == [0, 1]
    assert said(counted, "rows were counted from 0")


def test_epoch_written_with_its_total() -> None:
    """An epoch written as "3/40" is epoch 3."""
    assert list(read("Epoch,Train Loss,Val Loss\n1/2,2,1.9\n2/2,1.5,1.6\n").curves["val_loss"].x) == [1, 2]


def test_rows_without_an_epoch_are_left_out() -> None:
    """A row with a value and no epoch cannot be placed; that is said."""
    history = read("epoch,train_loss,val_loss\n0,2,1.9\n,1.5,1.6\n2,1,1\n")
    assert list(history.curves["val_loss"].x) == [0, 2]
    assert said(history, "No epoch stands in 1 row;")


def test_split_in_a_cell() -> None:
    """A column that names the split of each row is spread over two curves."""
    history = read("epoch,phase,loss,acc\n0,train,2.0,0.3\n0,val,1.9,0.4\n1,train,1.5,0.5\n1,val,1.6,0.6\n")
    assert points(history, "train_loss") == [(0, 2.0), (1, 1.5)]
    assert points(history, "val_accuracy") == [(0, 0.4), (1, 0.6)]


def test_metric_names_in_cells() -> None:
    """A long table with one value a row is spread over its metrics; runs in it are still runs."""
    rows = "0,train_loss,2.0\n0,val_loss,1.9\n1,train_loss,1.5\n1,val_loss,1.6\n1,lr,0.1\n"
    history = read("step,metric,value\n" + rows)
    assert points(history, "train_loss") == [(0, 2.0), (1, 1.5)]
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.6)]
    assert set(history.curves) == {"train_loss", "val_loss"}


def test_columns_made_by_spaces() -> None:
    """Columns that only spaces separate are read; a name with a space in a single column is one name."""
    assert points(read("epoch  train_loss  val_loss\n0   2.0   1.9\n1   1.5   1.6\n"), "val_loss") == [
        (0, 1.9),
        (1, 1.6),
    ]
    assert points(read("val loss\n1.9\n1.6\n"), "val_loss") == [(0, 1.9), (1, 1.6)]


def test_step_columns_that_restart() -> None:
    """Of two counters the one that never goes back is x; batches alone give one value an epoch."""
    both = read("epoch,batch,global_step,loss,val_loss\n0,0,1,3,4\n0,1,2,2,3\n1,0,3,1,2\n1,1,4,1,1\n")
    batches = read("epoch,batch,loss,val_loss\n0,0,3,\n0,1,2,3\n1,0,1,\n1,1,1,1\n")
    assert list(both.curves["val_loss"].x) == [1, 2, 3, 4]
    assert points(batches, "train_loss") == [(0, 2), (1, 1)]
    assert said(batches, "'loss' has several values for one epoch (2 times)")


def test_train_only_and_metric_only_logs() -> None:
    """A log may hold only training, or only metrics that rise."""
    train_only = read("epoch,loss\n0,2\n1,1\n")
    metric_only = read("epoch,train_acc,val_acc\n0,0.5,0.4\n1,0.6,0.5\n")
    assert train_only.val is None
    assert points(train_only, "train_loss") == [(0, 2), (1, 1)]
    assert metric_only.val is not None
    assert metric_only.val.goal is Goal.MAXIMIZE
    assert metric_only.train is metric_only.curves["train_accuracy"]


def test_a_watched_test_set_is_a_validation_set() -> None:
    """A test loss at every epoch is read as validation, and that is said."""
    history = read("epoch,train_loss,test_loss\n0,2,1.9\n1,1.5,1.6\n")
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.6)]
    assert said(history, "looked at during training is a validation set")


def test_a_test_result_beside_validation_stays_a_test_result() -> None:
    """A single test result at the end is no validation curve."""
    history = read("epoch,step,train_loss,val_loss,test_loss\n0,6,,1.7,\n0,6,2,,\n0,7,,,1.8\n")
    assert history.curves["test_loss"].split is Split.TEST
    assert points(history, "val_loss") == [(0, 1.7)]


def test_bare_metric_beside_named_losses_is_doubtful() -> None:
    """A metric that does not name its data is read as validation, and that is said."""
    history = read("epoch,train_loss,val_loss,accuracy\n0,2,1.9,0.5\n1,1.5,1.6,0.6\n")
    assert points(history, "val_accuracy") == [(0, 0.5), (1, 0.6)]
    assert said(history, "'accuracy' does not say on which data")


def test_unknown_goal_is_said() -> None:
    """A metric whose name does not say whether it should rise is taken as lower is better, and said."""
    history = read("epoch,train_loss,val_loss,val_foo\n0,2,1.9,1\n1,1.5,1.6,2\n")
    assert history.curves["val_foo"].goal is Goal.MINIMIZE
    assert said(history, "'val_foo' should rise or fall")


def test_settings_are_no_curves() -> None:
    """Learning rates, times and counters are left out; the gradient norm is kept."""
    history = read(
        "epoch,lr,time,gpu_mem,grad_norm,train_loss,val_loss,best_val_loss\n0,1,2,3,4,5,6,7\n1,1,2,3,4,5,6,7\n"
    )
    assert set(history.curves) == {"train_loss", "val_loss", "train_grad_norm"}
    assert history.curves["train_grad_norm"].split is Split.TRAIN


def test_evaluation_mode_training_loss() -> None:
    """A training loss measured in evaluation mode has its own curve and is the one judged."""
    history = read("epoch,train_loss,train_eval_loss,val_loss\n0,2,1.8,1.9\n1,1.5,1.3,1.6\n")
    assert history.curves["train_loss_eval"].measured_as is MeasuredAs.EVAL_MODE
    assert history.train is history.curves["train_loss_eval"]


def test_two_columns_for_one_curve() -> None:
    """Two columns of one meaning are both kept, and the one used is named; copies are dropped."""
    two = read("epoch,loss,train_loss,val_loss\n0,9,2,1.9\n1,8,1.5,1.6\n")
    copies = read("epoch,train_loss,train_loss_epoch,val_loss\n0,2,2,1.9\n1,1.5,1.5,1.6\n")
    assert points(two, "train_loss") == [(0, 2), (1, 1.5)]
    assert said(two, "'train_loss' is used")
    assert set(copies.curves) == {"train_loss", "val_loss"}


def test_incomplete_last_line_is_left_out() -> None:
    """A last line that is still being written is left out, and that is said."""
    history = read("epoch,train_loss,val_loss\n0,2,1.9\n1,1.5,1.6\n2,1.")
    assert list(history.curves["train_loss"].x) == [0, 1]
    assert said(history, "last line is incomplete")


def test_ragged_rows() -> None:
    """Short and long rows are read by the header; surplus cells are left out and counted."""
    history = read("epoch,train_loss,val_loss\n0,2\n1,1.5,1.6,9\n2,1,1\n")
    assert points(history, "val_loss") == [(1, 1.6), (2, 1)]
    assert said(history, "differs from the header's in 2 rows")


def test_text_among_numbers() -> None:
    """Cells that hold text are left out and counted; printed tensors and percentages are numbers."""
    history = read(
        "epoch,train_loss,val_loss\n0,oops,\"tensor(1.9, device='cuda:0')\"\n1,1.5,tensor(1.6)\n2,1,50%\n"
    )
    assert points(history, "train_loss") == [(1, 1.5), (2, 1)]
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.6), (2, 50)]
    assert said(history, "Column 'train_loss' holds text in 1 cell")


def test_comment_lines() -> None:
    """Comment lines are passed over; the header may be the last of them, as numpy.savetxt writes it."""
    assert points(read("# my run\nepoch,train_loss,val_loss\n# half way\n0,2,1.9\n"), "val_loss") == [
        (0, 1.9)
    ]
    assert points(read("# epoch,train_loss,val_loss\n0,2,1.9\n"), "val_loss") == [(0, 1.9)]


def test_duplicate_names() -> None:
    """Of two columns with one name the first is used, and that is said."""
    history = read("epoch,val_loss,val_loss\n0,1,2\n1,1.5,2.5\n")
    assert points(history, "val_loss") == [(0, 1), (1, 1.5)]
    assert said(history, "Two columns are called 'val_loss'")


def test_file_name_does_not_matter(tmp_path: Path) -> None:
    """Content decides, not the name: JSON in a .csv is read as JSON."""
    file = tmp_path / "log.csv"
    file.write_text('{"loss": [2, 1], "val_loss": [2, 1.5]}', encoding="utf-8")
    assert points(read_history(file), "val_loss") == [(0, 2), (1, 1.5)]
