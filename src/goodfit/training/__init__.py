# SPDX-License-Identifier: Apache-2.0
"""Tasks, their data, and the loop that trains them."""

from goodfit.training.building import build_model, build_optimizer, build_subject, choose_device
from goodfit.training.checkpoint import load_weights, save_weights, unpacked_weights
from goodfit.training.command import CommandSource, PreparedCommand
from goodfit.training.evaluate import Measured, evaluate, on_device
from goodfit.training.examples import Data, Examples, as_examples
from goodfit.training.fingerprint import holdout_fingerprint, task_fingerprint
from goodfit.training.interrupted import passed_on
from goodfit.training.loop import OnEpoch, Trained, train
from goodfit.training.recorder import Epoch
from goodfit.training.seeds import own_randomness
from goodfit.training.settings import Settings
from goodfit.training.source import (
    Prepared,
    Source,
    TaskSource,
    as_source,
    called,
    find_function,
    load_task,
    prepare,
)
from goodfit.training.splits import OWN_SEED, Holdout, Pool, Split, divide, draw
from goodfit.training.stopping import EarlyStopping
from goodfit.training.task import Metric, Task, accuracy
from goodfit.training.threads import settle_threads
from goodfit.values import Patience

__all__ = [
    "OWN_SEED",
    "CommandSource",
    "Data",
    "EarlyStopping",
    "Epoch",
    "Examples",
    "Holdout",
    "Measured",
    "Metric",
    "OnEpoch",
    "Patience",
    "Pool",
    "Prepared",
    "PreparedCommand",
    "Settings",
    "Source",
    "Split",
    "Task",
    "TaskSource",
    "Trained",
    "accuracy",
    "as_examples",
    "as_source",
    "build_model",
    "build_optimizer",
    "build_subject",
    "called",
    "choose_device",
    "divide",
    "draw",
    "evaluate",
    "find_function",
    "holdout_fingerprint",
    "load_task",
    "load_weights",
    "on_device",
    "own_randomness",
    "passed_on",
    "prepare",
    "save_weights",
    "settle_threads",
    "task_fingerprint",
    "train",
    "unpacked_weights",
]
