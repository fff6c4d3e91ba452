# SPDX-License-Identifier: Apache-2.0
"""Remembers what each task was when it was last trained, so that a changed one is told and not trained in silence.

.goodfit/tasks/<name>.json   {"task": "my_task.py:task", "fingerprint": "..."}
"""

import hashlib
import json
from contextlib import suppress

from goodfit.execution.folders import Folder, write_whole
from goodfit.execution.store import RunStore

TASKS = "tasks"


def note_task(store: Folder, name: str, fingerprint: str) -> str | None:
    """Remember a task; when it was another one the last time, a sentence that says so, else None.

    Args:
        store: where its runs are kept.
        name: how the user names the task.
        fingerprint: of the task as it is now.

    A store that cannot be written is not told here: the first run to be kept tells it.
    """
    file = store / TASKS / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
    before = _fingerprint_in(file)
    if before == fingerprint:
        return None
    with suppress(OSError):
        write_whole(json.dumps({"task": name, "fingerprint": fingerprint}).encode(), file)
    if before is None:
        return None
    runs = RunStore(store)
    old, own = runs.count(before), runs.count(fingerprint)
    belong = "finished run belongs" if old == 1 else "finished runs belong"
    return (
        f"{name} changed since it was last trained here: its {old} {belong} to another task and "
        f"{'is' if old == 1 else 'are'} not used" + (f"; {own} of this one are" if own else "")
    )


def _fingerprint_in(file: Folder) -> str | None:
    try:
        found = json.loads(file.read_bytes())["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None
