# SPDX-License-Identifier: Apache-2.0
"""A training is watched from inside: curves, a verdict at each evaluation, and what is done about it.

    with goodfit.watch(model, on="stop") as run:
        for epoch in range(epochs):
            ...
            if run.log({"train/loss": train_loss, "val/loss": val_loss}, step=epoch):
                break

All work is done at evaluations; between them a step costs next to nothing. With "advise" verdicts that would take more
than their share of the time are left out: `verdicts` counts them, a new best and NaN are always seen, and `close` judges the end.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from torch import nn

from goodfit.errors import SettingsError
from goodfit.integrations._allowance import Allowance
from goodfit.integrations._best import Best
from goodfit.integrations._curves import EVAL_MODE_LOSS, Curves, is_validation, understood
from goodfit.integrations._deciding import Decider, Decision
from goodfit.integrations._dial import Dial, SurgeryDial
from goodfit.integrations._lines import Lines
from goodfit.integrations._mean import Mean
from goodfit.integrations._options import CONTROLLERS, Options
from goodfit.integrations._sample import Sample
from goodfit.integrations._sharing import inside, is_first, shared
from goodfit.integrations._telling import LOGGER, Event, Teller
from goodfit.integrations.trackers import active_trackers
from goodfit.rules import diagnose
from goodfit.values import Axis, Diagnosis, History

_STATE = 1  # version of what `state_dict` gives


def watch(model: nn.Module | None = None, **options: Any) -> "Watch":
    """Watch a training: give its numbers to `log`, and hear what is wrong while it can still be helped.

    Args:
        model: what is trained; None: verdicts only.
        options: `on` ("advise", "stop" or "adapt"), `loss` of (model, batch) for the training loss in evaluation mode,
            `sample`, `log` (a path), `trackers`, `controller`, `keep_best`, `axis` ("epoch" or "step").

    Raises:
        SettingsError: an option is out of its range, or "adapt" has no model.
        SurgeryError: "adapt", and the model has no place for dropout.
    """
    return Watch(model, Options(**options))


class Watch:
    """A watched training; `history`, `findings` and `should_stop` say how it stands."""

    def __init__(self, model: nn.Module | None, options: Options, dial: Dial | None = None) -> None:
        self.options = options
        self.model = inside(model) if model is not None else None
        acts = options.on != "advise"
        if options.on == "adapt" and self.model is None:
            raise SettingsError(
                'on="adapt" changes a model, and none was given', where="watch", todo="give watch(model, ...)"
            )
        _refuse_sharded(self.model if acts else None)
        self.dial = dial or (
            SurgeryDial(self.model) if options.on == "adapt" and self.model is not None else None
        )
        self.best = Best(keep=acts if options.keep_best is None else options.keep_best)
        self.ended: str | None = None  # why the training should end
        self.rate: float | None = None  # drop probability that was set
        self.findings: tuple[Diagnosis, ...] = ()  # that stand now
        self.curves = Curves(Axis(options.axis))
        self.sample = Sample(options.loss, options.sample)
        # When a training ends must not depend on how fast the machine is: where something acts, all are judged.
        free = acts or options.controller is not None
        self.verdicts = Allowance(None) if free else Allowance()
        self._decider = Decider(options.controller or CONTROLLERS[options.on](), self.verdicts)
        given = options.trackers
        self.teller = Teller(active_trackers if given is None else lambda: given)
        self._lines = Lines(Path(options.log)) if options.log is not None and is_first() else None
        self._mean = Mean()
        self._closed = False

    @property
    def should_stop(self) -> bool:
        """Whether the loop should end."""
        return self.ended is not None

    @property
    def history(self) -> History:
        """All that was measured so far."""
        return self.curves.history("a watched training")

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """What all rules say of the history so far."""
        return diagnose(self.history)

    def batch(self, batch: Any, loss: Any = None) -> None:
        """Tell of a training step: its batch may become part of the sample, its loss part of the epoch's mean."""
        if not self.sample.settled:
            self.sample.see(batch)
        if loss is not None:
            self._mean.add(loss)

    def log(self, values: Mapping[str, Any], step: float | None = None) -> bool:
        """Tell what was measured; with a validation number in it, this is an evaluation, and a verdict is made.

        Args:
            values: by name as trackers have them ("train/loss", "val_loss", "valid_acc"); others are ignored.
            step: epoch (or step, as `axis` says); None: evaluations are counted from 1. On several processes every
                one of them calls this at each evaluation.

        Returns:
            Whether the loop should end.

        Raises:
            SettingsError: `step` goes back.
        """
        return self.take(understood(values), step)

    def take(self, point: Mapping[str, float], step: float | None = None) -> bool:
        """As `log`, with numbers by the names of curves."""
        x = float(step) if step is not None else (self.curves.at or 0.0) + 1
        if self.curves.at is not None and x < self.curves.at:
            raise SettingsError(
                f"{self.options.axis} {x:g} came after {self.curves.at:g}",
                where="log",
                todo="watch each training with a watch of its own",
            )
        training = {name: number for name, number in point.items() if not is_validation(name)}
        self.curves.wait(training, x)
        if len(training) < len(point):
            if x == self.curves.at:  # the rest of an evaluation that was judged already
                self.curves.add(point, x)
            else:
                self._evaluate({name: point[name] for name in point if name not in training}, x)
        elif self.curves.broken and is_first():
            self._tell(self._decider.look(self.history))
        return self.should_stop

    def _evaluate(self, validation: dict[str, float], x: float) -> None:
        """Measure what is missing, judge on the first process, and do on all what was decided."""
        waiting = self.curves.waiting()
        mean = self._mean.value()
        if mean is not None:
            waiting.setdefault("train_loss", mean)
        measured = self._measured()
        if measured is not None:
            waiting[EVAL_MODE_LOSS] = measured
        self._apply(shared(lambda: self._decided({**waiting, **validation}, x)), x)

    def _measured(self) -> float | None:
        """The training loss in evaluation mode; a loss that raises is asked no more, and the training goes on."""
        try:
            return self.sample.measure(self.model)
        except Exception as error:  # noqa: BLE001 - the user's code, called outside its place
            self.sample.loss = None
            LOGGER.warning(
                "goodfit: the training loss in evaluation mode is not measured: %s: %s",
                type(error).__name__,
                error,
            )
            return None

    def _decided(self, point: dict[str, float], x: float) -> Decision:
        self.curves.add(point, x)
        return self._decider.decide(self.history, point, self.best, self.rate)

    def _apply(self, decision: Decision, x: float) -> None:
        self.curves.add(decision.point, x)
        if decision.best is not None:
            self.best.take(decision.best, x, self.model)
        self._tell(decision)
        if self._lines is not None:
            self._lines.write(self.curves.axis, x, decision.point)
        move = decision.move
        if move is None or self.should_stop:
            return
        if move.rate is not None and self.dial is not None:
            if self.model is not None and self.best.weights:
                self.best.restore_(self.model)
            self.dial.set_(move.rate)
            self.rate = move.rate
            what = f"dropout {move.rate:g} from now on"
        else:
            self.ended = (
                move.because
            )  # the best weights are loaded by `close`, when the loop has come to its end
            what = "the training ends"
        if self.best.weights:
            what += f", with the weights of {self.curves.axis} {self.best.x:g}"
        if is_first():
            standing = tuple(each.name for each in self.findings)
            line = f"{self.curves.axis} {x:g}: {what}. {move.because}"
            self.teller.tell(Event(at=x, line=line, what=what, standing=standing))

    def _tell(self, decision: Decision) -> None:
        self.findings = decision.findings
        if is_first():
            standing = [each.name for each in decision.findings if each.severity != "note"]
            self.teller.changes(decision.changes, self.curves.axis, standing)

    def close(self) -> None:
        """The training is over: its end is judged, and where `on` acts, the model has its best weights from now on."""
        last = self._decider.catch_up(self.history) if is_first() and not self._closed else None
        if last is not None:
            self._tell(last)
        if self.verdicts.left_out and not self._closed:
            LOGGER.info("goodfit: %s", self.verdicts)
        if not self._closed and self.options.on != "advise" and self.model is not None and self.best.weights:
            self.best.restore_(self.model)
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training needs to go on with the same verdicts; `torch.load(weights_only=True)` reads it."""
        return {
            "version": _STATE,
            "curves": self.curves.state_dict(),
            "decider": self._decider.state_dict(),
            "verdicts": self.verdicts.state_dict(),
            "teller": self.teller.state_dict(),
            "best": self.best.state_dict(),
            "sample": self.sample.state_dict(),
            "rate": self.rate,
            "ended": self.ended,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Raises:
            SettingsError: another version of goodfit wrote it.
        """
        if state.get("version") != _STATE:
            raise SettingsError(
                f"the state has version {state.get('version')}, and {_STATE} is read",
                where="watch",
                todo="train on without it",
            )
        self.curves.load_state_dict(state["curves"])
        self._decider.load_state_dict(state["decider"])
        self.verdicts.load_state_dict(state["verdicts"])
        self.teller.load_state_dict(state["teller"])
        self.best.load_state_dict(state["best"])
        self.findings = self._decider.live.findings
        device = (
            next((each.device for each in self.model.parameters()), None) if self.model is not None else None
        )
        if not self.sample.load_state_dict(state["sample"], device) and EVAL_MODE_LOSS in self.curves.points:
            self.curves.notes.append(
                f"From {self.curves.axis} {self.curves.at:g} on the training loss in evaluation mode is measured on"
                " other batches: the training was resumed, and the first ones were too large to keep."
            )
        self.rate, self.ended = state["rate"], state["ended"]
        if self.rate is not None and self.dial is not None:
            self.dial.set_(self.rate)


def _refuse_sharded(model: nn.Module | None) -> None:
    """Refuse to keep weights that no process has whole."""
    sharded = [type(module).__name__ for module in model.modules()] if model is not None else []
    tensors = [type(each).__name__ for each in model.parameters()] if model is not None else []
    if "FullyShardedDataParallel" in sharded or "DTensor" in tensors:
        raise SettingsError(
            "the model is sharded over processes, and its best weights cannot be kept by one",
            where="watch",
            todo='use on="advise", and keep checkpoints with your framework',
        )
