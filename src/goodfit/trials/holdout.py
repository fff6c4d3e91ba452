# SPDX-License-Identifier: Apache-2.0
"""The only place where the locked test set is opened: one finished run, scored on it at its best checkpoint or its last.

The scores are kept beside the run, so that asking again for the same comparison is not another look.
"""

from dataclasses import replace
from enum import StrEnum

from goodfit.errors import GoodfitError, StoreError
from goodfit.execution import Folder, Job, RunStore, StoredRun, prepare_for, write_whole
from goodfit.values import Run, Split, dumps, loads


class Checkpoint(StrEnum):
    """Which weights of a finished run are scored."""

    BEST = "best"  # those with the lowest validation loss
    LAST = "last"  # those that the training ended with


SCORES = {Checkpoint.BEST: "test.json", Checkpoint.LAST: "test-last.json"}


def read_test(job: Job, at: Checkpoint = Checkpoint.BEST) -> Run:
    """Score a finished run on the locked test set.

    Returns:
        The run with `score`, `scores` and `per_example` of the test set, measured at the checkpoint that validation
        chose, or at the last epoch.

    Raises:
        GoodfitError: the store does not hold the run, or not the weights that it ended with.
        StoreError: the scores cannot be kept.
    """
    prepared = prepare_for(job)
    stored = RunStore(job.store).find(prepared.fingerprint, job.settings)
    if stored is None:
        raise GoodfitError("a run to be scored on the test set is not in the store", where=str(job.store))
    known = _known(stored, at)
    if known is not None:
        return replace(known, arm=job.settings.arm, setting=job.settings.knobs)
    weights = stored.weights() if at is Checkpoint.BEST else stored.last_weights()
    if weights is None:
        raise GoodfitError("the weights that a run ended with were not kept", where=str(stored.folder))
    measured = prepared.score(job.settings, weights)
    run = replace(
        stored.run,
        score=measured.loss,
        scores={**measured.metrics, "loss": measured.loss},
        per_example=tuple(measured.losses.tolist()),
        measured_on=Split.TEST,
    )
    _keep(run, stored.folder / SCORES[at])
    return run


def _known(stored: StoredRun, at: Checkpoint) -> Run | None:
    try:
        return loads(Run, (stored.folder / SCORES[at]).read_bytes().decode())
    except (OSError, UnicodeDecodeError, GoodfitError):
        return None


def _keep(run: Run, place: Folder) -> None:
    try:
        write_whole(dumps(run).encode(), place)
    except OSError as error:
        raise StoreError(
            f"scores on the test set cannot be kept: {error}",
            where=str(place),
            todo="free the disk and give the same command again: it is the same look",
        ) from error
