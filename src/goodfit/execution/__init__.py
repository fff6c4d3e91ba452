# SPDX-License-Identifier: Apache-2.0
"""Carrying trainings out once, keeping what is finished."""

from goodfit.execution.jobs import Job, OnRun, carry_out, prepare_for
from goodfit.execution.plan import Failure, OnOutcome, Outcome, carry_out_all
from goodfit.execution.port import Executor
from goodfit.execution.stacked import carry_out_stacked
from goodfit.execution.store import STORE, RunStore, StoredRun
from goodfit.execution.workers import Workers, processors

__all__ = [
    "STORE",
    "Executor",
    "Failure",
    "Job",
    "OnOutcome",
    "OnRun",
    "Outcome",
    "RunStore",
    "StoredRun",
    "Workers",
    "carry_out",
    "carry_out_all",
    "carry_out_stacked",
    "prepare_for",
    "processors",
]
