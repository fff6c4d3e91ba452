# SPDX-License-Identifier: Apache-2.0
"""Every trap of the JSON formats that the readers know has one small log here."""

import json
from math import isnan
from typing import Any

import pytest

from goodfit.readers import Log, read_log
from goodfit.values import Axis, Curve, Goal, History, MeasuredAs, Split, dumps


def read(data: Any) -> History:
    """Read one run from JSON text, or from data written as JSON."""
    text = data if isinstance(data, str) else json.dumps(data)
    (history,) = read_log(Log(source="log.json", raw=text.encode()))
    return history


def points(history: History, name: str) -> list[tuple[float, float]]:
    """The points of a curve as pairs."""
    curve = history.curves[name]
    return list(zip(curve.x, curve.values, strict=True))


def said(history: History, phrase: str) -> bool:
    """Whether some warning holds the phrase."""
    return any(phrase in warning for warning in history.warnings)


def test_json_lines_with_splits_in_different_objects() -> None:
    """Objects of one epoch meet; nested ones are read by their path."""
    history = read(
        '{"epoch": 0, "loss": 2.0, "lr": 0.1}\n{"epoch": 0, "val": {"loss": 1.9, "acc": 0.5}}\n\n{"epoch": 1, "loss": 1.5}\n'
    )
    assert points(history, "train_loss") == [(0, 2.0), (1, 1.5)]
    assert points(history, "val_loss") == [(0, 1.9)]
    assert points(history, "val_accuracy") == [(0, 0.5)]


def test_json_keeps_null_and_nan_apart() -> None:
    """A null is missing; NaN is NaN, bare or as text; numbers written as text are numbers."""
    history = read(
        '{"epoch": 0, "loss": NaN, "val_loss": null}\n{"epoch": 1, "loss": "NaN", "val_loss": "1.5"}\n'
        '{"epoch": 2, "loss": -Infinity, "val_loss": true}\n'
    )
    train = history.curves["train_loss"]
    assert isnan(train.values[0])
    assert isnan(train.values[1])
    assert train.values[2] == float("-inf")
    assert points(history, "val_loss") == [(1, 1.5)]


def test_json_lines_being_written() -> None:
    """A last line without its end is left out, and that is said."""
    history = read('{"epoch": 0, "loss": 2, "val_loss": 2}\n{"epoch": 1, "lo')
    assert points(history, "val_loss") == [(0, 2)]
    assert said(history, "last line is incomplete")


def test_json_lines_of_one_line() -> None:
    """A log of one line so far is a log."""
    assert points(read('{"epoch": 0, "loss": 2, "val_loss": 2.5}\n'), "val_loss") == [(0, 2.5)]


def test_json_lines_with_mode_and_preamble() -> None:
    """A first line of settings is passed over, and `mode` says the split."""
    history = read(
        '{"env": {"gpu": "none"}, "seed": 1}\n{"mode": "train", "epoch": 1, "loss": 2}\n{"mode": "val", "epoch": 1, "loss": 3}\n'
    )
    assert points(history, "train_loss") == [(1, 2)]
    assert points(history, "val_loss") == [(1, 3)]


def test_json_array_of_objects() -> None:
    """An array of objects is a sequence of records."""
    history = read(
        [{"step": 10, "train/loss": 2, "eval/loss": 3}, {"step": 20, "train/loss": 1, "eval/loss": 2}]
    )
    assert points(history, "val_loss") == [(10, 3), (20, 2)]
    assert history.curves["val_loss"].axis is Axis.STEP


def test_skorch_history() -> None:
    """The epochs of skorch count from 1, its losses are epoch means, its inner batches no rows."""
    epochs = [
        {"epoch": n, "train_loss": 2 / n, "valid_loss": 3 / n, "valid_loss_best": True, "valid_acc": 0.5, "dur": 0.1,
         "batches": [{"train_loss": 9, "train_batch_size": 32}, {"valid_loss": 9}]} for n in (1, 2)
    ]  # fmt: skip
    history = read(epochs)
    assert points(history, "val_loss") == [(1, 3), (2, 1.5)]
    assert history.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN
    assert set(history.curves) == {"train_loss", "val_loss", "val_accuracy"}


@pytest.mark.parametrize("wrapped", [True, False])
def test_keras_history(wrapped: bool) -> None:
    """A Keras history is read with its epoch list or without; its training numbers are epoch means."""
    lists = {"loss": [2, 1.5], "accuracy": [0.3, 0.5], "val_loss": [1.9, 1.6], "val_accuracy": [0.4, 0.5]}
    history = read({"history": lists, "epoch": [5, 6], "params": {"epochs": 7}} if wrapped else lists)
    first = 5 if wrapped else 0
    assert points(history, "val_loss") == [(first, 1.9), (first + 1, 1.6)]
    assert history.curves["train_accuracy"].measured_as is MeasuredAs.EPOCH_MEAN
    assert history.context.epochs_planned == (7 if wrapped else None)
    assert history.warnings == ()


def test_keras_validation_every_third_epoch() -> None:
    """Three values beside nine epochs belong to the epochs 2, 5 and 8, and that is said."""
    history = read({"history": {"loss": list(range(9)), "val_loss": [3, 2, 4]}, "epoch": list(range(9))})
    assert points(history, "val_loss") == [(2, 3), (5, 2), (8, 4)]
    assert said(history, "after every 3 epochs, the only even spacing that fits")


def test_keras_validation_of_a_resumed_training() -> None:
    """validation_freq counts absolute epochs, also in a training that began at epoch 4."""
    history = read({"history": {"loss": [1, 1, 1, 1, 1], "val_loss": [3, 2]}, "epoch": [4, 5, 6, 7, 8]})
    assert points(history, "val_loss") == [(5, 3), (8, 2)]


def test_keras_validation_that_fits_several_spacings() -> None:
    """Where several spacings fit, the values are placed and the doubt is said."""
    history = read({"loss": list(range(10)), "val_loss": [3, 2]})
    assert points(history, "val_loss") == [(4, 3), (9, 2)]
    assert said(history, "uncertain")


def test_keras_validation_that_fits_no_spacing() -> None:
    """Where no spacing fits, the list is left out, and that is said."""
    history = read({"loss": list(range(9)), "val_loss": [1] * 7})
    assert "val_loss" not in history.curves
    assert said(history, "no even spacing fits")


def test_keras_short_training_list() -> None:
    """A training list of another length cannot be placed; an epoch list of another length is not used."""
    history = read({"history": {"loss": [2, 1, 0], "accuracy": [1], "val_loss": [3, 2, 1]}, "epoch": [0, 1]})
    assert "train_accuracy" not in history.curves
    assert list(history.curves["val_loss"].x) == [0, 1, 2]
    assert said(history, "'accuracy' has 1 value where others have 3")
    assert said(history, "epoch list does not have 3 entries")


def test_lists_by_split_and_by_index() -> None:
    """Lists nested by split, and what pandas makes of a history, are read alike."""
    nested = read({"train": {"loss": [2, 1]}, "val": {"loss": [3, 2]}})
    indexed = read({"train_loss": {"0": 2, "1": 1}, "val_loss": {"0": 3, "1": 2}})
    assert points(nested, "val_loss") == points(indexed, "val_loss") == [(0, 3), (1, 2)]


def test_lists_with_their_own_steps() -> None:
    """A list of steps beside the curves gives their x values."""
    history = read({"step": [100, 200], "train_loss": [2, 1], "val_loss": [3, 2], "note": ["a", "b"]})
    assert points(history, "val_loss") == [(100, 3), (200, 2)]
    assert history.curves["train_loss"].measured_as is MeasuredAs.UNKNOWN


def test_two_sets_of_unknown_roles() -> None:
    """XGBoost's validation_0 and validation_1 are both kept, and their doubtful role is said."""
    history = read({"validation_0": {"logloss": [3, 2]}, "validation_1": {"logloss": [4, 3]}})
    assert len(history.curves) == 2
    assert said(history, "If one of them is the training set")


def test_own_json_is_read_back_unchanged() -> None:
    """A history written by goodfit is read back as it was, NaN and context included."""
    curve = Curve.of([2.0, float("nan"), None, 1.0], split=Split.VALIDATION, metric="f1", goal=Goal.MAXIMIZE)
    history = History(curves={"val_f1": curve}, source="elsewhere", warnings=("said before",))
    assert dumps(read(dumps(history))) == dumps(history)


def trainer_state(records: list[dict[str, Any]], **state: Any) -> History:
    """Read a Hugging Face trainer state made of these records."""
    return read({"log_history": records, "global_step": 20, "max_steps": 20, **state})


def test_hugging_face_state() -> None:
    """Training and evaluation meet by step, and the final summary is no loss."""
    history = trainer_state(
        [
            {"epoch": 1.0, "step": 10, "loss": 2.0, "grad_norm": 1.5, "learning_rate": 0.1},
            {"epoch": 1.0, "step": 10, "eval_loss": 1.9, "eval_accuracy": 0.5, "eval_runtime": 1.0},
            {"epoch": 2.0, "step": 20, "loss": 1.5, "grad_norm": 1.0, "learning_rate": 0.1},
            {"epoch": 2.0, "step": 20, "eval_loss": 1.6, "eval_accuracy": 0.6, "eval_runtime": 1.0},
            {"epoch": 2.0, "step": 20, "train_loss": 1.75, "train_runtime": 9.0, "total_flos": 0.0},
        ],
        train_batch_size=32,
        num_train_epochs=2,
    )
    assert points(history, "train_loss") == [(10, 2.0), (20, 1.5)]
    assert points(history, "val_loss") == [(10, 1.9), (20, 1.6)]
    assert points(history, "train_grad_norm") == [(10, 1.5), (20, 1.0)]
    assert history.curves["train_loss"].axis is Axis.STEP
    assert history.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN
    assert (history.context.batch_size, history.context.epochs_planned, history.context.finished) == (
        32,
        2,
        True,
    )
    assert history.warnings == ()


def test_hugging_face_hidden_nan() -> None:
    """A loss of 0.0 with a gradient norm that is not finite is NaN, and that is said."""
    text = (
        '{"log_history": [{"epoch": 1.0, "step": 10, "loss": 2.0, "grad_norm": 1.5, "learning_rate": 0.1},'
        '{"epoch": 2.0, "step": 20, "loss": 0.0, "grad_norm": NaN, "learning_rate": 0.1},'
        '{"epoch": 2.0, "step": 20, "eval_loss": NaN, "eval_runtime": 1.0}]}'
    )
    history = read(text)
    assert isnan(history.curves["train_loss"].values[1])
    assert isnan(history.curves["val_loss"].values[0])
    assert said(history, "0.0 1 time where it was NaN")


def test_hugging_face_zero_loss_of_older_versions() -> None:
    """Without a gradient norm, 0.0 is NaN when an evaluation is NaN, and doubtful when none is."""
    zero = {"epoch": 1.0, "step": 10, "loss": 0.0, "learning_rate": 0.1}
    diverged = trainer_state([zero, {"epoch": 1.0, "step": 10, "eval_loss": float("nan"), "eval_runtime": 1}])
    doubtful = trainer_state([zero, {"epoch": 1.0, "step": 10, "eval_loss": 1.0, "eval_runtime": 1}])
    real = trainer_state([{**zero, "grad_norm": 0.0}])
    assert isnan(diverged.curves["train_loss"].values[0])
    assert doubtful.curves["train_loss"].values == (0.0,)
    assert said(doubtful, "may be NaN")
    assert real.curves["train_loss"].values == (0.0,)
    assert real.warnings == ()


@pytest.mark.parametrize(
    ("every", "steps_an_epoch", "expected"),
    [(1, 10, MeasuredAs.LAST_BATCH), (5, 10, MeasuredAs.SMOOTHED), (10, 10, MeasuredAs.EPOCH_MEAN)],
)
def test_hugging_face_loss_window(every: int, steps_an_epoch: int, expected: MeasuredAs) -> None:
    """The loss is a mean since the last log: what that makes it depends on how often it was logged."""
    records = [
        {"epoch": step / steps_an_epoch, "step": step, "loss": 1.0, "grad_norm": 1.0, "learning_rate": 0.1}
        for step in range(every, 21, every)
    ]
    assert trainer_state(records).curves["train_loss"].measured_as is expected


def test_hugging_face_several_evaluation_sets() -> None:
    """Evaluation sets are known by their own run times; the first is val_loss."""
    history = trainer_state(
        [
            {"epoch": 1.0, "step": 10, "eval_easy_loss": 1.0, "eval_easy_runtime": 1.0},
            {"epoch": 1.0, "step": 10, "eval_hard_loss": 2.0, "eval_hard_runtime": 1.0},
        ]
    )
    assert points(history, "val_loss") == [(10, 1.0)]
    assert points(history, "val_loss_hard") == [(10, 2.0)]
    assert said(history, "2 validation sets")


def test_hugging_face_log_history_alone() -> None:
    """The list alone, as users save it, is read like the whole state."""
    history = read(
        [
            {"epoch": 1.0, "step": 10, "loss": 0.0, "grad_norm": "nan", "learning_rate": 0.1},
            {"epoch": 1.0, "step": 10, "eval_loss": 1.9, "eval_runtime": 1.0},
        ]
    )
    assert isnan(history.curves["train_loss"].values[0])
    assert history.curves["val_loss"].axis is Axis.STEP
    assert history.context.finished is None


def test_llama_factory_trainer_log() -> None:
    """LLaMA-Factory's trainer_log.jsonl: both losses by epoch, and its counters are no metrics."""
    own = {"total_steps": 40, "percentage": 25.0, "elapsed_time": "0:00:10", "remaining_time": "0:00:30"}
    losses = [(20, "loss", 1.5), (20, "eval_loss", 1.4), (40, "loss", 0.5), (40, "eval_loss", 0.6)]
    lines = [json.dumps({"current_steps": s, name: loss, "epoch": s / 20, **own}) for s, name, loss in losses]
    (history,) = read_log(Log(source="trainer_log.jsonl", raw="\n".join(lines).encode()))
    assert points(history, "train_loss") == [(1, 1.5), (2, 0.5)]
    assert points(history, "val_loss") == [(1, 1.4), (2, 0.6)]
    assert history.warnings == ()
