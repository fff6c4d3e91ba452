# SPDX-License-Identifier: Apache-2.0
"""The only place where the locked test set is opened: one finished run, scored on it at its best checkpoint.

The scores are kept beside the run, so that asking again for the same comparison is not another look.
"""

import os
from dataclasses import replace
from pathlib import Path

from goodfit.errors import GoodfitError
from goodfit.execution import Job, RunStore, StoredRun, prepare_for
from goodfit.training import build_model, choose_device, evaluate, on_device, own_randomness
from goodfit.values import Run, Split, dumps, loads

SCORES = "test.json"


def read_test(job: Job) -> Run:
    """Score a finished run on the locked test set.

    Returns:
        The run with `score`, `scores` and `per_example` of the test set, measured at the checkpoint that validation chose.
    """
    prepared = prepare_for(job)
    stored = RunStore(job.store).find(prepared.fingerprint, job.settings)
    if stored is None:
        raise GoodfitError("a run to be scored on the test set is not in the store", where=str(job.store))
    known = _known(stored)
    if known is not None:
        return replace(known, arm=job.settings.arm, setting=job.settings.knobs)
    device = choose_device(prepared.task.device)
    task = on_device(prepared.task, device)
    with own_randomness():
        model = build_model(task, job.settings).to(device)
        model.load_state_dict(stored.weights())
        measured = evaluate(model, task, prepared.holdout.examples, prepared.holdout.indices, device)
    scores = {"loss": measured.loss}
    if task.metric is not None and measured.metric is not None:
        scores[task.metric.name] = measured.metric
    run = replace(
        stored.run,
        score=measured.loss,
        scores=scores,
        per_example=tuple(measured.losses.tolist()),
        measured_on=Split.TEST,
    )
    _keep(run, stored.folder / SCORES)
    return run


def _known(stored: StoredRun) -> Run | None:
    try:
        return loads(Run, (stored.folder / SCORES).read_text(encoding="utf-8"))
    except (OSError, GoodfitError):
        return None


def _keep(run: Run, path: Path) -> None:
    unfinished = path.with_name(f".{path.name}-{os.getpid()}")
    unfinished.write_text(dumps(run), encoding="utf-8")
    unfinished.replace(path)
