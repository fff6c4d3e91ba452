# SPDX-License-Identifier: Apache-2.0
"""A training that was interrupted goes on from the end of an epoch, to the same result as if it never had been.

What the loop draws is seeded by (run, stream, step), so no generator has to be kept: weights, optimiser, schedule,
what early stopping and the recorder know, and the number of steps are all that the next epoch depends on. Beyond that
lies only what the user's own code keeps outside of state_dict, buffers and step: that is not carried over.

The file is read by torch's unpickler for weights alone, so that nothing a stranger sends is executed. One that
is broken, or that belongs to another training, is passed over with a word, and the training begins anew.
"""

import io
import logging
import time
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from goodfit.errors import StoreError
from goodfit.training.evaluate import Measured
from goodfit.training.recorder import Epoch, Recorder
from goodfit.training.stopping import EarlyStopping

FORMAT = 1
EVERY = (
    20.0  # seconds; what a crash may cost at most beside one epoch, and a run that is shorter writes nothing
)
SHARE = 20  # writing may take a twentieth of the time: a checkpoint of ten seconds comes every 200
LOG = logging.getLogger("goodfit")


class Place(Protocol):
    """Where one unfinished training is kept, so that another process finds it."""

    @property
    def mark(self) -> str:
        """Names the training: the same for the same task, settings and seed alone."""
        ...

    def read(self) -> bytes | None:
        """What was written last, None where nothing was."""
        ...

    def write(self, content: bytes) -> None:
        """Replace what is there, whole or not at all."""
        ...


@dataclass(slots=True)
class Course:
    """How far a training has come."""

    stopping: EarlyStopping
    recorder: Recorder = field(default_factory=Recorder)
    measured: Measured | None = None  # validation, at the best epoch
    steps: int = 0  # of the optimiser
    seconds: float = 0.0  # that earlier processes took

    def add(self, epoch: Epoch, validation: Measured, model: nn.Module) -> bool:
        """Note an epoch; True when the training is over."""
        if self.recorder.add(epoch):
            self.measured = validation
        return self.stopping.step(epoch.val_loss, model)


class UnusableError(Exception):
    """What was kept of a training cannot be gone on from."""


class Bookmark:
    """Keeps an unfinished training in its place, now and then, and takes it up again.

    Args:
        place: where; None: nothing is kept.
        version: of the loop; what another one left is not taken up.
        parts: all that has a state_dict, by name.
        course: how far the training has come.
    """

    def __init__(self, place: Place | None, version: str, parts: Mapping[str, Any], course: Course) -> None:
        self.place, self.parts, self.course = place, parts, course
        self._head = {"format": FORMAT, "loop": version, "mark": place.mark if place else ""}
        self._began = time.perf_counter()
        self._next = self._began + EVERY

    def take_up(self) -> None:
        """Go on from what is kept, if anything is.

        Raises:
            UnusableError: it is broken or of another training; the parts may hold some of it.
        """
        kept = self.place.read() if self.place is not None else None
        if kept is None:
            return
        try:
            state = torch.load(io.BytesIO(kept), map_location="cpu", weights_only=True)
            self._load(state)
        except UnusableError:
            raise
        except Exception as error:  # torch, pickle and zipfile raise a dozen kinds
            raise UnusableError(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}") from error

    def keep(self, *, at_once: bool = False) -> bool:
        """Write the state down if the last time is long enough ago; what cannot be written costs the training nothing.

        Args:
            at_once: whatever the last time was, because the training ends here.

        Returns:
            Whether it was written.
        """
        now, well = time.perf_counter(), False
        if self.place is None or (now < self._next and not at_once):
            return False
        try:
            self.place.write(self.content())
            well = True
        except Exception as error:  # noqa: BLE001 - full disks, and state that cannot be pickled
            LOG.warning("an unfinished training could not be kept, and goes on: %s", _found(error))
        after = time.perf_counter()
        self._next = after + max(EVERY, SHARE * (after - now))
        return well

    def content(self) -> bytes:
        """All that the next epoch depends on, as `take_up` reads it."""
        written = io.BytesIO()
        torch.save({**self._head, **self._state(time.perf_counter())}, written)
        return written.getvalue()

    def _state(self, now: float) -> dict[str, Any]:
        course, measured = self.course, self.course.measured
        assert measured is not None  # noqa: S101 - an epoch has ended
        return {
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "buffers": _transient(self.parts["model"]),
            "stopping": course.stopping.state_dict(),
            "epochs": [[_plain(each) for each in astuple(epoch)] for epoch in course.recorder.epochs],
            "best_epoch": course.recorder.best_epoch,
            "losses": torch.from_numpy(np.ascontiguousarray(measured.losses)),
            "metric": _plain(measured.metric),
            "steps": course.steps,
            "seconds": course.seconds + now - self._began,
        }

    def _load(self, state: dict[str, Any]) -> None:
        head = {name: state[name] for name in self._head}
        if head != self._head:
            raise UnusableError(f"it belongs to another training: {head}")
        if state["parts"].keys() != self.parts.keys():
            raise UnusableError(f"it holds {', '.join(state['parts'])}, and here are {', '.join(self.parts)}")
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        buffers = _transient(self.parts["model"])
        if buffers.keys() != state["buffers"].keys():
            raise UnusableError("the model has other buffers")
        for name, buffer in buffers.items():
            buffer.copy_(state["buffers"][name])
        course = self.course
        course.stopping.load_state_dict(state["stopping"])
        course.recorder = Recorder([Epoch(*each) for each in state["epochs"]], state["best_epoch"])
        course.measured = Measured(state["losses"].numpy(), state["metric"])
        course.steps, course.seconds = state["steps"], state["seconds"]


def passed_on(content: bytes, mark: str, epochs: int) -> bytes | None:
    """What one training wrote down, for another one that is the same in its first epochs.

    Args:
        content: what `Bookmark.content` gave.
        mark: of the training that is to go on from there.
        epochs: that the two have in common; None is given where something else was written down.
    """
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        if len(state["epochs"]) != epochs:
            return None
        written = io.BytesIO()
        torch.save({**state, "mark": mark}, written)
    except Exception:  # noqa: BLE001 - torch, pickle and zipfile raise a dozen kinds; the other training begins anew
        return None
    return written.getvalue()


def say_unusable(place: Place | None, error: UnusableError) -> None:
    """Tell that a training begins anew."""
    LOG.warning(
        "a training that was interrupted begins anew, since what is kept of it cannot be used (%s): %s",
        place,
        error,
    )


def _transient(model: nn.Module) -> dict[str, torch.Tensor]:
    """Buffers that state_dict leaves out."""
    kept = model.state_dict().keys()
    return {name: buffer for name, buffer in model.named_buffers() if name not in kept}


def _plain(number: float | None) -> float | None:
    """A number without numpy's type, which torch's unpickler for weights refuses."""
    return None if number is None else float(number)


def _found(error: Exception) -> str:
    return error.found if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
