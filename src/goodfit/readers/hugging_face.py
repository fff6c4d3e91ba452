# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's trainer_state.json: `log_history`, with training and evaluation in different records.

    {"epoch": 1.0, "step": 7, "loss": 2.175, "grad_norm": 1.77, "learning_rate": 0.001}
    {"epoch": 1.0, "step": 7, "eval_loss": 1.815, "eval_runtime": 0.15}

Each `loss` is the mean since the last one: the epoch mean when there is one an epoch, the last batch
when every step is logged, else a running mean. The trainer writes a NaN loss as 0.0 (its option
logging_nan_inf_filter), which would look like a perfect fit; the gradient's norm gives it away.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite, isnan
from typing import Any

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._json_lines import LineRecords
from goodfit.readers._log import Log
from goodfit.readers._numbers import scalar
from goodfit.readers._phrases import counted
from goodfit.readers._table import from_records
from goodfit.readers.json_records import records_of
from goodfit.values import Axis, History, MeasuredAs, RunContext

Record = dict[str, Any]
_OWN = frozenset({"eval_runtime", "train_runtime"})
_EVERY_EPOCH = 0.01  # how far from 1 the distance of two logs may lie, in epochs


class HuggingFace:
    """Known by `log_history`, or by a bare list of its records."""

    name = "hugging-face"
    what = "Hugging Face trainer_state.json"

    def accepts(self, log: Log) -> bool:
        """Know it by the key log_history, or by records that hold `step` with the trainer's own keys."""
        return _history_of(log) is not None

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, x in optimiser steps."""
        found = _history_of(log)
        if found is None:
            raise FormatError("this is not the state of a Hugging Face trainer", where=log.source)
        return history_of_records(found, log.source, log.notes, _context(log.data))


def history_of_records(
    found: Sequence[Record], source: str, notes: tuple[str, ...], context: RunContext | None = None
) -> tuple[History, ...]:
    """Build the history of the trainer's records, as they stand in its state or were printed."""
    # The last record of a finished training is a summary: its train_loss is the mean over the run.
    records = [record for record in found if "train_runtime" not in record]
    records, repairs = _with_hidden_nan(records)
    dialect = Dialect(
        train_measured_as=_measured_as(records),
        prefer=Axis.STEP,
        sets=_evaluation_sets(records),
        context=context or RunContext(),
        notes=(*notes, *repairs),
    )
    return assemble(from_records(records), source, dialect)


def _history_of(log: Log) -> Sequence[Record] | None:
    data = log.data
    if isinstance(data, dict) and isinstance(data.get("log_history"), list):
        return [record for record in data["log_history"] if isinstance(record, dict)]
    records = records_of(log)
    if isinstance(records, LineRecords):  # long: going through it again and again would cost seconds
        known = "step" in records.shared and bool(records.keys & _OWN)
        return records if known else None
    if records is None or not all("step" in record for record in records):
        return None
    own = ("eval_runtime", "train_runtime"), ("learning_rate", "loss")
    known = any(
        any(key in record for key in own[0]) or all(key in record for key in own[1]) for record in records
    )
    return records if known else None


def _with_hidden_nan(records: list[Record]) -> tuple[list[Record], tuple[str, ...]]:
    """Turn each loss of 0.0 that stands for NaN back into NaN."""
    diverged = any(isnan(_number(record, "eval_loss", 1.0)) for record in records)
    repaired: list[Record] = []
    hidden = doubtful = 0
    for record in records:
        zero = _number(record, "loss", 1.0) == 0
        if zero and (
            not isfinite(_number(record, "grad_norm", 1.0)) or ("grad_norm" not in record and diverged)
        ):
            hidden += 1
            repaired.append({**record, "loss": float("nan")})
            continue
        doubtful += zero and "grad_norm" not in record
        repaired.append(record)
    notes = []
    if hidden:
        notes.append(
            f"The training loss was logged as 0.0 {counted(hidden, 'time')} where it was NaN, which the trainer hides "
            "(logging_nan_inf_filter). It was read as NaN: the training diverged."
        )
    if doubtful:
        notes.append(
            f"The training loss is exactly 0.0 {counted(doubtful, 'time')} and no gradient norm was logged: "
            "it may be NaN, which the trainer writes as 0.0 (logging_nan_inf_filter)."
        )
    return repaired, tuple(notes)


def _number(record: Record, key: str, default: float) -> float:
    """The record's number; `default` where it is missing or no number."""
    try:
        value = scalar(record.get(key))
    except ValueError:
        return default
    return default if value is None else value


def _measured_as(records: list[Record]) -> MeasuredAs:
    logged = [record for record in records if "loss" in record]
    epochs = [0.0, *(_number(record, "epoch", float("nan")) for record in logged)]
    steps = [0.0, *(_number(record, "step", float("nan")) for record in logged)]
    if all(abs(later - earlier - 1) < _EVERY_EPOCH for earlier, later in pairwise(epochs)):
        return MeasuredAs.EPOCH_MEAN
    if all(later - earlier == 1 for earlier, later in pairwise(steps)):
        return MeasuredAs.LAST_BATCH
    return MeasuredAs.SMOOTHED


def _evaluation_sets(records: list[Record]) -> tuple[str, ...]:
    """Names of several evaluation sets: the trainer times each one as eval_<name>_runtime."""
    keys = dict.fromkeys(key for record in records for key in record)
    timed = (key.removeprefix("eval_").removesuffix("_runtime") for key in keys if key.endswith("_runtime"))
    return tuple(name for name in timed if name and f"eval_{name}_loss" in keys)


def _context(state: Any) -> RunContext:
    if not isinstance(state, dict):
        return RunContext()
    done, planned = _whole(state, "global_step"), _whole(state, "max_steps")
    return RunContext(
        batch_size=_whole(state, "train_batch_size"),
        epochs_planned=_whole(state, "num_train_epochs"),
        finished=None if done is None or planned is None else done >= planned,
    )


def _whole(state: Record, key: str) -> int | None:
    value = state.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
