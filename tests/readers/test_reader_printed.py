# SPDX-License-Identifier: Apache-2.0
"""Printed lines of many kinds: what stands behind a known name is read, where it belongs; nothing else is."""

import pytest

from goodfit.errors import NoCurvesError
from goodfit.readers import Log, read_log
from goodfit.readers._pairs import read_line
from goodfit.values import History, MeasuredAs

Points = list[tuple[float, float]]


def read(text: str) -> History:
    """Read one run."""
    (history,) = read_log(Log(source="log", raw=text.encode()))
    return history


def points(history: History, name: str) -> Points:
    """The points of a curve."""
    return list(zip(history.curves[name].x, history.curves[name].values, strict=True))


BARS = "Epoch 1/3 | train_loss: 2.1 | val_loss: 1.9\nEpoch 2/3 | train_loss: 1.1 | val_loss: 1.4\n"
MNIST = (
    "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300024\nTrain Epoch: 1 [640/60000 (1%)]\tLoss: 2.1\n\n"
    "Test set: Average loss: 1.9, Accuracy: 9809/10000 (98%)\n\n"
    "Train Epoch: 2 [0/60000 (0%)]\tLoss: 1.1\n\nTest set: Average loss: 1.4, Accuracy: 9850/10000 (98%)\n\n"
)
QUICKSTART = (
    "Epoch 1\n-------------\nloss: 2.1  [   64/60000]\nTest Error: \n Accuracy: 37.1%, Avg loss: 1.9 \n\n"
    "Epoch 2\n-------------\nloss: 1.1  [   64/60000]\nTest Error: \n Accuracy: 47.1%, Avg loss: 1.4 \n\nDone!\n"
)
IMAGENET = (
    "=> creating model 'resnet18'\nEpoch: [1][  1/500]\tTime  0.5 ( 0.5)\tLoss 9e+00 (2.1e+00)\tAcc@1   0.00 (  0.10)\n"
    "Test: [  1/19]\tTime  0.2 ( 0.3)\tLoss 8e+00 (1.9e+00)\n *   Acc@1 1.2 Acc@5 5.3\n"
    "Epoch: [2][  1/500]\tTime  0.5 ( 0.5)\tLoss 9e+00 (1.1e+00)\tAcc@1   0.00 (  0.10)\nTest: [  1/19]\tLoss 8e+00 (1.4e+00)\n"
)
TRANSFER = (
    "Epoch 1/24\n----------\ntrain Loss: 2.1 Acc: 0.6598\nval Loss: 1.9 Acc: 0.9150\n\nEpoch 2/24\n----------\n"
    "train Loss: 1.1 Acc: 0.7\nval Loss: 1.4 Acc: 0.92\n\nTraining complete in 1m 7s\nBest val Acc: 0.941176\n"
)
SPLIT = "Epoch: 1\nTrain Loss: 2.1\nVal Loss: 1.9\nEpoch: 2\nTrain Loss: 1.1\nVal Loss: 1.4\nBest epoch: 1, val_loss: 1.4\n"
LOGGING = (
    "2026-01-01 12:00:00,123 - INFO - train.py:33 - Epoch 1: train loss = 2.1, val loss = 1.9 (12.3s)\n"
    "2026-01-01 12:01:00,123 - INFO - train.py:33 - Epoch 2: train loss = 1.1, val loss = 1.4 (12.3s)\n"
)
FAIRSEQ = (
    "10:00:00 | INFO | train | epoch 001 | loss 2.1 | ppl 9.5\n10:00:00 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 1.9\n"
    "10:00:00 | INFO | train | epoch 002 | loss 1.1 | ppl 7.5\n10:00:00 | INFO | valid | epoch 002 | valid on 'valid' subset | loss 1.4 | best_loss 1.4\n"
)
BOTH_IN_A_LINE = (
    "[Epoch 1] loss=2.1 f1=0.3 | val: loss=1.9 f1=0.2\n[Epoch 2] loss=1.1 f1=0.4 | val: loss=1.4 f1=0.3\n"
)
MARKDOWN = (
    "| Training Loss | Epoch | Validation Loss |\n|:-------------:|:-----:|:---------------:|\n"
    "| 2.1           | 1.0   | 1.9             |\n| 1.1           | 2.0   | 1.4             |\n"
)
CHECKPOINTS = (
    "Epoch 1/2\n5/5 [==============================] - 0s 3ms/step - loss: 2.1 - val_loss: 1.9\n\n"
    "Epoch 1: val_loss improved from inf to 1.9, saving model to x.h5\n"
    "Epoch 2/2\n5/5 [==============================] - 0s 3ms/step - loss: 1.1 - val_loss: 1.4\nEpoch 2: val_loss improved from 1.9 to 1.4\n"
)
KOREAN = "에포크 1/2: 훈련 손실: 2.1, 검증 손실: 1.9\n에포크 2/2: 훈련 손실: 1.1, 검증 손실: 1.4\n"
CHINESE = "轮次 1: 训练损失：2.1，验证损失：1.9\n轮次 2: 训练损失：1.1，验证损失：1.4\n"
JAPANESE = "エポック 1 学習 損失 = 2.1 検証 損失 = 1.9\nエポック 2 学習 損失 = 1.1 検証 損失 = 1.4\n"
GERMAN = "Epoche 1: Trainingsverlust: 2,1; Validierungsverlust: 1,9\nEpoche 2: Trainingsverlust: 1,1; Validierungsverlust: 1,4\n"
LOGS = {name.lower(): text for name, text in globals().items() if name.isupper() and isinstance(text, str)}


@pytest.mark.parametrize("name", LOGS)
def test_printed_log(name: str) -> None:
    """The losses of both splits stand at their epochs, whatever is printed around them."""
    history = read(LOGS[name])
    assert points(history, "train_loss") == [(1, 2.1), (2, 1.1)]
    assert points(history, "val_loss") == [(1, 1.9), (2, 1.4)]


def test_what_else_the_lines_say() -> None:
    """Shares become numbers, running means are marked, planned epochs are known, times and counters are no metrics."""
    assert points(read(MNIST), "val_accuracy") == [(1, 0.9809), (2, 0.985)]
    assert read(IMAGENET).curves["train_loss"].measured_as is MeasuredAs.SMOOTHED
    assert read(BARS).context.epochs_planned == 3
    assert read(BARS).context.finished is None
    assert read(CHECKPOINTS).context.finished is True
    assert set(read(LOGGING).curves) == {"train_loss", "val_loss"}
    assert points(read(BOTH_IN_A_LINE), "val_f1") == [(1, 0.2), (2, 0.3)]


def test_an_empty_place_in_a_printed_table() -> None:
    """In Chainer's table a value belongs to the name above it, also where the place before it is empty."""
    history = read(
        "epoch       main/loss   validation/main/loss  main/accuracy\n"
        "\x1b[J1           2.17                              0.5         \n"
        "\x1b[J2           1.50        1.6                   0.6         \n"
        "\x1b[J3           1.40                              0.7         \n"
    )
    assert points(history, "val_loss") == [(2, 1.6)]
    assert points(history, "train_accuracy") == [(1, 0.5), (2, 0.6), (3, 0.7)]


def test_thousands_are_told_from_decimal_commas() -> None:
    """A counter of "1,000" is a thousand, "1,234.5" has a decimal point, and "0,5" is a half."""
    history = read(
        "step 1,000: train loss = 1,234.5, val loss = 0,5\nstep 2,000: train loss = 1,034.5, val loss = 0,4\n"
    )
    assert points(history, "train_loss") == [(1000, 1234.5), (2000, 1034.5)]
    assert points(history, "val_loss") == [(1000, 0.5), (2000, 0.4)]


def test_folds_are_runs() -> None:
    """A heading such as "Fold 2" begins another run."""
    text = "".join(
        f"Fold {f}\nEpoch 1: loss 2.{f} val_loss 1.{f}\nEpoch 2: loss 1.{f} val_loss 0.{f}\n" for f in (1, 2)
    )
    runs = read_log(Log(source="log", raw=text.encode()))
    assert [run.curves["val_loss"].values for run in runs] == [(1.1, 0.1), (1.2, 0.2)]


def test_lines_without_a_counter() -> None:
    """Each time a name comes again counts as an epoch, and that is said."""
    history = read("train_loss: 2.0\nval_loss: 1.9\ntrain_loss: 1.0\nval_loss: 1.5\n")
    assert points(history, "val_loss") == [(0, 1.9), (1, 1.5)]
    assert any("names its epoch or step" in warning for warning in history.warnings)


def test_an_unfinished_epoch_is_left_out() -> None:
    """A bar that stands at 2 of 5 when the log ends is the beginning of an epoch, and no epoch."""
    done = "Epoch 1/9\n\r5/5 [====] - 0s 3ms/step - loss: 2.1 - val_loss: 1.9\n"
    history = read(
        done + "Epoch 2/9\n\r1/5 [==..] - 0s 3ms/step - loss: 1.9\r2/5 [==..] - 0s 3ms/step - loss: 1.8\n"
    )
    assert points(history, "train_loss") == [(1, 2.1)]
    assert any("was not finished" in warning for warning in history.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "We trained 3 models for 12 hours.\nThe loss was fine, see table 2.\n",
        "numpy>=1.26\ntorch==2.13.0\n",
        "Train: start epoch [1/40]\nEpoch [1/40]  [5/7]:  ETA: 0:00:00    2.1309    Iter time: 0.0378 s\n",
        "IoU=0.50:0.95 area=all\nlr: 0.001 time: 12s eta: 3\n",
    ],
)
def test_prose_and_nameless_numbers_are_no_log(text: str) -> None:
    """Text that names no loss or metric with its number is refused."""
    with pytest.raises(NoCurvesError):
        read(text)


@pytest.mark.parametrize("feed", ["\f", "\v", "\x1c", "\x85", "\u2028"])
def test_a_blank_of_another_kind_is_no_name(feed: str) -> None:
    """A form feed, or another blank that no keyboard has, in front of a number names nothing and stops nothing."""
    assert not read_line(f"16320131{feed}` 4.5 0").quantities
    assert not read_line(f"12 {feed} 4.5").quantities
