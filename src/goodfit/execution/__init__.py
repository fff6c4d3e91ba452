# SPDX-License-Identifier: Apache-2.0
"""Carrying trainings out once, keeping what is finished."""

from goodfit.execution.borrowed import Borrowed
from goodfit.execution.choosing import ExecutorName, workers_of
from goodfit.execution.folders import Folder, folder_at, write_whole
from goodfit.execution.fresh import fresh_store
from goodfit.execution.in_order import in_order
from goodfit.execution.jobs import Job, OnRun, carry_out, prepare_for, reached
from goodfit.execution.last_plan import note_task
from goodfit.execution.ledger import ledger_of
from goodfit.execution.local import processors
from goodfit.execution.news import News, heard
from goodfit.execution.plan import Failure, OnOutcome, Outcome, carry_out_all
from goodfit.execution.port import Executor
from goodfit.execution.ray_workers import RayWorkers
from goodfit.execution.stacked import carry_out_stacked, stack_first
from goodfit.execution.store import STORE, RunStore, StoredRun
from goodfit.execution.workers import Workers

__all__ = [
    "STORE",
    "Borrowed",
    "Executor",
    "ExecutorName",
    "Failure",
    "Folder",
    "Job",
    "News",
    "OnOutcome",
    "OnRun",
    "Outcome",
    "RayWorkers",
    "RunStore",
    "StoredRun",
    "Workers",
    "carry_out",
    "carry_out_all",
    "carry_out_stacked",
    "folder_at",
    "fresh_store",
    "heard",
    "in_order",
    "ledger_of",
    "note_task",
    "prepare_for",
    "processors",
    "reached",
    "stack_first",
    "workers_of",
    "write_whole",
]
