# SPDX-License-Identifier: Apache-2.0
"""Training anew beside what is finished: in a store of its own below the store, so that nothing is deleted.

    .goodfit/fresh/20261126T021800/runs/<key>/run.json

It is a store like any other: naming it as the store goes on with it. Looks at test sets are counted with those of the
store above it, since a test set wears out whoever looks.
"""

from datetime import UTC, datetime

from goodfit.execution.folders import Folder

FRESH = "fresh"


def fresh_store(store: Folder) -> Folder:
    """A store below another one in which no run is found, named by the time."""
    return origin(store) / FRESH / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]


def origin(store: Folder) -> Folder:
    """The store that a fresh one belongs to; any other is its own."""
    return store.parent.parent if store.parent.name == FRESH else store
