# SPDX-License-Identifier: Apache-2.0
"""Calls as bytes, for worker processes; what all calls share is sent once and named in each.

Packing happens where the call is made, so that what cannot be sent is an error there and not in a worker's queue.
"""

import io
import pickle
from collections.abc import Callable
from typing import Any

from goodfit.errors import GoodfitError, TaskError

SHARED = "shared"  # stands in a packed call for the object that is sent once
BY_NAME = "take one worker (workers=1), or give the task by name: module:function or path.py:function"


def packed(
    thing: object, shared: object | None = None, pickler: type[pickle.Pickler] = pickle.Pickler
) -> bytes:
    """Pickle a call or an object, with a mark where it refers to `shared`.

    Args:
        thing: to be sent.
        shared: what is sent apart.
        pickler: pickle's own, or one that packs more.

    Raises:
        TaskError: a part of it cannot be pickled, such as a lambda or an open file.
    """
    written = io.BytesIO()
    try:
        _packer(pickler)(written, shared).dump(thing)
    except (
        Exception
    ) as error:  # pickle raises PicklingError, AttributeError, TypeError and what objects raise
        raise TaskError(f"the task cannot be sent to a worker process: {error}", todo=BY_NAME) from error
    return written.getvalue()


class Receiver:
    """A worker process's end: unpacks the shared object once, at the first call that refers to it."""

    def __init__(self, shared: bytes) -> None:
        self._packed: bytes | None = shared
        self._shared: object = None

    def carry_out(self, call: bytes, arrived: Callable[[Any], Any] = lambda thing: thing) -> Any:
        """Unpack a call and carry it out.

        Args:
            call: packed.
            arrived: makes of each argument what it is in this process.

        Raises:
            TaskError: this process cannot find what the call refers to.
        """
        try:
            fn, args, kwargs = self._unpacked(call)
        except GoodfitError:
            raise
        except Exception as error:
            raise TaskError(
                f"a worker process cannot load the task: {type(error).__name__}: {error}", todo=BY_NAME
            ) from error
        return fn(*map(arrived, args), **{name: arrived(each) for name, each in kwargs.items()})

    def shared(self) -> object:
        """The object that all calls share, the same at every call."""
        if self._packed is not None:
            self._shared = pickle.loads(self._packed)  # noqa: S301 - our own parent process wrote it
            self._packed = None
        return self._shared

    def _unpacked(self, call: bytes) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return _Unpacker(call, self.shared).load()  # type: ignore[no-any-return]


def _packer(base: type[pickle.Pickler]) -> Callable[[io.BytesIO, object | None], pickle.Pickler]:
    class Packer(base):  # type: ignore[valid-type, misc]  # which pickler it is is known when it runs
        def __init__(self, file: io.BytesIO, shared: object | None) -> None:
            super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
            self._shared = shared

        def persistent_id(self, obj: object) -> str | None:
            return SHARED if self._shared is not None and obj is self._shared else None

    return Packer


class _Unpacker(pickle.Unpickler):
    def __init__(self, call: bytes, shared: Callable[[], object]) -> None:
        super().__init__(io.BytesIO(call))
        self._shared = shared

    def persistent_load(self, _: str) -> object:
        return self._shared()
