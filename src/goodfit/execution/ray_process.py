# SPDX-License-Identifier: Apache-2.0
"""The other side of RayWorkers: what a process of Ray's does at its first call and at every one."""

import os
from pathlib import Path
from typing import Any

from goodfit.errors import GoodfitError, TaskError
from goodfit.execution.calls import Receiver
from goodfit.execution.shipping import arrived

_receivers: dict[str, Receiver] = {}  # by the shared object's name; a process serves one plan after another
_home: Path | None = None  # where Ray has unpacked what was shipped


def carry_out(call: bytes, shared: list[Any], folder: str, shipped: str | None) -> tuple[bool, Any]:
    """Carry a packed call out in this process.

    Args:
        call: the packed call.
        shared: a reference, in a list so that Ray leaves it alone: the object is fetched once a process.
        folder: where the call came from; the same folder here, where there is one, so that relative names of data hold.
        shipped: the folder there whose files Ray has unpacked here; None: nothing was shipped.

    Returns:
        (True, the result) or (False, the error): Ray would wrap an error, and ours carry what to do.
    """
    global _home  # noqa: PLW0603 - a process has one
    if _home is None:
        from goodfit.training import settle_threads

        settle_threads()
        _home = Path.cwd()
    home, origin = _home, None if shipped is None else Path(shipped)
    if Path(folder).is_dir():
        os.chdir(folder)
    try:
        return True, _received(shared[0]).carry_out(call, lambda thing: arrived(thing, origin, home))
    except GoodfitError as error:
        return False, error
    except Exception as error:  # noqa: BLE001 - the Future hands it on, as far as it can travel
        return False, _portable(error)


def _received(reference: Any) -> Receiver:
    name = reference.hex()
    if name not in _receivers:
        import ray

        _receivers.clear()
        _receivers[name] = Receiver(ray.get(reference))
    return _receivers[name]


def _portable(error: Exception) -> Exception:
    import pickle

    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - written in the same line
    except Exception:  # noqa: BLE001 - an error of the user's own making may fail in any way
        return TaskError(f"the task raised {type(error).__name__}: {error}")
    return error
