# SPDX-License-Identifier: Apache-2.0
"""The one door to the locked test set: whoever wants to score on it first writes the look down here.

One ledger a store holds the looks of all verbs at all test sets, each known by a fingerprint of its examples, so that a
test set that was proven on yesterday and compared on today has been looked at twice.
"""

import hashlib
from collections.abc import Sequence

from goodfit.execution import Folder, StoredRun, ledger_of
from goodfit.training import Prepared, PreparedCommand


def open_holdout(
    prepared: Prepared | PreparedCommand,
    stored: Sequence[StoredRun],
    store: Folder,
    purpose: str,
    *,
    plan: str = "",
) -> int:
    """Declare how a test set will be judged and count this look at it, before anything is scored on it.

    A comparison is ONE look, whatever it holds: all its seeds, both arms, every remedy of a side-by-side comparison
    (whose several claims are corrected for each other instead). Carrying the same one on is the same look.

    Args:
        prepared: the task, which knows its test set.
        stored: the runs that will be scored, in a fixed order; they identify the comparison.
        store: folder of finished runs; the ledger lies in it.
        purpose: why it is read, as a phrase: "mnist: paired comparison of 5 seeds".
        plan: identifies the comparison beside the runs, when these are only its first.

    Returns:
        Looks at this test set so far, this one included: `holdout_reads` of the verdict.

    Raises:
        HoldoutError: the test set was first looked at under another margin or metric.
        StoreError: the ledger cannot be read or written; the test set must then not be read.
    """
    ledger, fingerprint = ledger_of(store), prepared.locked(each.weights() for each in stored).fingerprint
    ledger.declare(fingerprint, margin=None, metric="loss")
    parts = [run.folder.name for run in stored] + ([plan] if plan else [])
    identity = hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
    ledger.record(fingerprint, purpose, comparison=identity)
    return ledger.reads(fingerprint)
