# SPDX-License-Identifier: Apache-2.0
"""Logs that are odd in one way are read by what they mean, and what was done is said."""

from math import isnan
from pathlib import Path

import pytest

from goodfit.errors import NoCurvesError, ReadError
from goodfit.readers import Log, _log, history_from_lists, read_history, read_log
from goodfit.values import Curve, History, MeasuredAs


def _read(text: str) -> History:
    (history,) = read_log(Log(source="log", raw=text.encode()))
    return history


def _points(curve: Curve) -> list[tuple[float, float]]:
    return list(zip(curve.x, curve.values, strict=True))


def _said(history: History, phrase: str) -> bool:
    return any(phrase in warning for warning in history.warnings)


def test_newest_row_first_is_sorted() -> None:
    """A log with falling epochs is turned round as a whole, and that is said; nothing is dropped."""
    history = _read(
        "epoch,train_loss,val_loss\n" + "".join(f"{e},{e + 1},{e + 2}\n" for e in range(39, -1, -1))
    )
    assert _points(history.curves["val_loss"]) == [(e, e + 2) for e in range(40)]
    assert history.warnings == ("The log was written newest row first; its rows were sorted by epoch.",)
    lists = history_from_lists(train_loss=[1, 2, 3], epoch=[3, 2, 1])
    assert lists.curves["train_loss"].values == (3, 2, 1)


def test_newest_row_first_with_two_rows_an_epoch() -> None:
    """Rows of one epoch stay together, and how the training loss was averaged is seen in the turned order."""
    rows = [
        (epoch, f"{epoch},{7 * epoch + 6},,1.{epoch}\n", f"{epoch},{7 * epoch + 6},2.{epoch},\n")
        for epoch in range(4)
    ]
    header = "epoch,step,train_loss,val_loss\n"
    turned = _read(header + "".join(train + val for _, val, train in reversed(rows)))
    straight = _read(header + "".join(val + train for _, val, train in rows))
    assert turned.curves == straight.curves
    assert turned.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN


@pytest.mark.parametrize("epochs", [(0, 1, 2, 3, 2, 3), (5, 4, 3, 4, 5), (1, 0)])
def test_a_resumed_training_is_not_turned(epochs: tuple[int, ...]) -> None:
    """A log that goes back and forward again, or back once, keeps what was written last."""
    history = _read("epoch,train_loss\n" + "".join(f"{epoch},{row}\n" for row, epoch in enumerate(epochs)))
    assert history.curves["train_loss"].values[-1] == len(epochs) - 1
    assert _said(history, "goes back from")
    assert not _said(history, "newest row first")


def test_columns_of_numbers_that_were_not_used_are_named() -> None:
    """At most three are named, with how a name must be; counters, settings and runs are not among them."""
    history = _read("epoch,lr,seed,train_loss,foo,bar,baz,qux\n0,1,1,2,3,4,5,6\n1,1,1,2,3,4,5,6\n")
    assert list(history.curves) == ["train_loss"]
    assert history.warnings == (
        (
            "Not used: 'foo', 'bar', 'baz' and 1 more. A loss or metric among them needs a name such as val_loss or "
            "val_accuracy."
        ),
    )


@pytest.mark.parametrize(
    "header",
    [
        "轮次,训练损失,验证损失,验证准确率,学习率",
        "輪次,訓練損失,驗證損失,驗證準確率,學習率",
        "エポック,学習損失,検証損失,検証_正解率,学習率",
        "에포크,훈련 손실,검증 손실,검증 정확도,학습률",
        "Epoche,Trainingsverlust,Validierungsverlust,Genauigkeit_Validierung,Lernrate",
        "época,pérdida de entrenamiento,pérdida de validación,exactitud_validacion,tasa_de_aprendizaje",
        "e\u0301poca,größe_train_loss,验证_loss,val_准确率,lr",
    ],
)
def test_columns_in_other_languages(header: str) -> None:
    """Plain words for the losses, accuracy and epoch are known, and a learning rate is no training loss."""
    history = _read(f"{header}\n4,2,3,0.5,1\n5,1,2,0.6,1\n")
    assert set(history.curves) == {"train_loss", "val_loss", "val_accuracy"}
    assert list(history.curves["val_loss"].x) == [4, 5]
    assert history.warnings == ()


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("{}", "the object is empty"),
        ("[]", "the list is empty"),
        ("null\n", "the JSON value is null"),
        ('{"log_history": []}', "log_history is empty"),
        ('{"epoch": 3.0,\n "log_history": []}', "log_history is empty"),
        ('{"log_history": [{"train_runtime": 3.0, "step": 7}]}', "no record of the log holds a value"),
    ],
)
def test_empty_json_is_called_what_it_is(text: str, phrase: str) -> None:
    """The message speaks of objects and lists, and of no columns."""
    with pytest.raises(NoCurvesError, match=phrase) as caught:
        _read(text)
    assert "column" not in caught.value.found


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """More bytes than a log can have are refused while they are read, from a device as from a file."""
    monkeypatch.setattr(_log, "MAX_BYTES", 2**21)
    big = tmp_path / "big.csv"
    big.write_bytes(b"epoch,train_loss\n" + b"1,2\n" * 2**19)
    for path in (big, Path("/dev/zero")):
        if path.exists():
            with pytest.raises(ReadError, match="more than 2 MiB, which no training log does"):
                read_history(path)


def test_nan_in_turn_is_not_evaluated() -> None:
    """Where each split is NaN on exactly the rows of the other, the NaN are missing values, and it is said."""
    history = _read(
        "step,train_loss,val_loss\n1,2.1,nan\n2,1.9,nan\n2,nan,1.8\n3,1.7,nan\n4,1.6,nan\n4,nan,1.5\n"
        "5,1.3,nan\n6,1.2,nan\n6,nan,1.4\n7,1.1,nan\n"
    )
    assert _points(history.curves["val_loss"]) == [(2, 1.8), (4, 1.5), (6, 1.4)]
    assert history.curves["train_loss"].values == (2.1, 1.9, 1.7, 1.6, 1.3, 1.2, 1.1)
    assert _said(history, "'val_loss' is NaN in 7 rows")
    assert _said(history, "'train_loss' is NaN in 3 rows")


def test_nan_between_evaluations_is_not_evaluated() -> None:
    """Validation every third epoch, NaN between, beside a training loss that goes on: missing values."""
    rows = [(e, 2 - e / 10, "nan" if (e + 1) % 3 else str(2 - e / 20)) for e in range(10)]
    history = _read("epoch,train_loss,val_loss\n" + "".join(f"{e},{a},{b}\n" for e, a, b in rows))
    assert list(history.curves["val_loss"].x) == [2, 5, 8]
    assert _said(history, "read as not evaluated there, not as NaN")


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ("1 1 1 1 1 1 1 1", "1 1 1 1 nan nan nan nan"),  # it diverges
        ("1 1 1 1 1 1 1 1", "nan 1 nan 1 nan 1 nan nan"),  # in turn, and then it diverges
        ("1 1 1 1 1 1 1 1", "nan 1 1 nan 1 nan nan 1"),  # without a rhythm
        ("1 1 1 1 1 1 nan nan", "nan 1 nan 1 nan 1 nan nan"),  # training is lost too
        ("1 1 1 1 1 inf 1 1", "nan 1 nan 1 nan 1 nan 1"),  # training is infinite
        ("nan 1 nan 1 nan 1 nan 1", "1 1 1 1 1 1 1 1"),  # training itself
        ("1 1 1 1", "nan 1 nan 1"),  # too few to tell
    ],
)
def test_other_nan_stay_nan(train: str, validation: str) -> None:
    """Without an even rhythm up to the end, or with a training that is not finite, NaN stays NaN."""
    rows = zip(train.split(), validation.split(), strict=True)
    history = _read(
        "epoch,train_loss,val_loss\n" + "".join(f"{e},{a},{b}\n" for e, (a, b) in enumerate(rows))
    )
    for name, cells in (("train_loss", train), ("val_loss", validation)):
        assert sum(map(isnan, history.curves[name].values)) == cells.split().count("nan")
        assert len(history.curves[name]) == len(cells.split())
    assert not _said(history, "not evaluated")
