# SPDX-License-Identifier: Apache-2.0
"""The table of synonyms: what the names in the logs of many tools mean."""

import pytest

from goodfit.readers._names import parse_name
from goodfit.readers._synonyms import axis_of, goal_of
from goodfit.values import Axis, Goal, MeasuredAs, Split

TRAIN_LOSS = "train_loss training_loss train/loss Loss/train loss_train trainLoss TrainLoss trainloss Train_Loss train-loss"
VAL_LOSS = (
    "val_loss valid_loss validation_loss eval_loss val/loss dev_loss Loss/val loss_val valLoss valloss "
    "validation/loss eval/loss val_avg_loss val_mean_loss evaluation_loss val_epoch_loss loss/valid"
)


@pytest.mark.parametrize("name", TRAIN_LOSS.split())
def test_training_loss_names(name: str) -> None:
    """Each of these is the training loss."""
    found = parse_name(name)
    assert found is not None
    assert (found.split, found.metric, found.eval_mode) == (Split.TRAIN, "loss", False)


@pytest.mark.parametrize("name", VAL_LOSS.split())
def test_validation_loss_names(name: str) -> None:
    """Each of these is the validation loss."""
    found = parse_name(name)
    assert found is not None
    assert (found.split, found.metric) == (Split.VALIDATION, "loss")


@pytest.mark.parametrize(
    ("name", "split", "metric"),
    [
        ("val_acc", Split.VALIDATION, "accuracy"),
        ("accuracy", None, "accuracy"),
        ("eval_top1", Split.VALIDATION, "top1"),
        ("metrics/mAP50-95(B)", None, "map50_95_b"),
        ("val/mean_iou", Split.VALIDATION, "mean_iou"),
        ("valAcc", Split.VALIDATION, "accuracy"),
        ("test_f1", Split.TEST, "f1"),
        ("train/box_loss", Split.TRAIN, "box_loss"),
        ("grad_norm", Split.TRAIN, "grad_norm"),
        ("val", Split.VALIDATION, ""),
    ],
)
def test_other_names(name: str, split: Split | None, metric: str) -> None:
    """The split's word is taken out, wherever it stands; the rest names the quantity."""
    found = parse_name(name)
    assert found is not None
    assert (found.split, found.metric) == (split, metric)


NO_CURVES = (
    "lr lr-Adam learning_rate time epoch step val_step best_val_loss val_loss_std samples_per_second "
    "eval_runtime train_batch_count gpu_mem weight_norm loss_scale timestamp momentum"
)


@pytest.mark.parametrize("name", NO_CURVES.split())
def test_names_that_are_no_curves(name: str) -> None:
    """Settings, clocks, counters, spreads and records are neither a loss nor a metric."""
    assert parse_name(name) is None


def test_averaging_is_read_from_the_name() -> None:
    """`_step`, `_epoch` and `running_` say how a number was averaged."""
    found = {
        name: parse_name(name)
        for name in ("train_loss_step", "train_loss_epoch", "running_loss", "train_loss")
    }
    assert {name: each and each.measured_as for name, each in found.items()} == {
        "train_loss_step": MeasuredAs.LAST_BATCH,
        "train_loss_epoch": MeasuredAs.EPOCH_MEAN,
        "running_loss": MeasuredAs.SMOOTHED,
        "train_loss": None,
    }


HIGHER = (
    "accuracy acc f1 f1_score macro_f1 auc auroc roc_auc bleu r2 map map50_95_b precision recall iou mean_iou dice "
    "top1 top5 psnr ssim score mcc neg_mean_squared_error balanced_accuracy ndcg rougeL exact_match log_likelihood"
)
LOWER = (
    "loss error mse mae rmse mape perplexity ppl wer cer nll logloss mlogloss cross_entropy dice_loss brier_score "
    "error_rate negative_log_likelihood fid box_loss mean_squared_error"
)


@pytest.mark.parametrize("name", HIGHER.split())
def test_metrics_that_should_rise(name: str) -> None:
    """Higher is better for these."""
    assert goal_of(name) is Goal.MAXIMIZE


@pytest.mark.parametrize("name", LOWER.split())
def test_metrics_that_should_fall(name: str) -> None:
    """Lower is better for these."""
    assert goal_of(name) is Goal.MINIMIZE


@pytest.mark.parametrize("name", ["foo", "colour", "", "négatif", "length"])
def test_unknown_metrics(name: str) -> None:
    """Of these the name does not say it, and nothing is guessed."""
    assert goal_of(name) is None


def test_axes() -> None:
    """Epoch and step columns are known under the names that tools give them."""
    assert {axis_of(name) for name in ("epoch", "Epoch", "trainer/epoch", "#epoch")} == {Axis.EPOCH}
    assert {axis_of(name) for name in ("step", "_step", "global_step", "trainer/global_step", "iter")} == {
        Axis.STEP
    }
    assert axis_of("val_loss") is None
