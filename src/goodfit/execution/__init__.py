# SPDX-License-Identifier: Apache-2.0
"""Carrying trainings out once, keeping what is finished."""

from goodfit.execution.jobs import Job, OnRun, carry_out, prepare_for
from goodfit.execution.store import STORE, RunStore, StoredRun
from goodfit.execution.workers import Workers, processors

__all__ = [
    "STORE",
    "Job",
    "OnRun",
    "RunStore",
    "StoredRun",
    "Workers",
    "carry_out",
    "prepare_for",
    "processors",
]
