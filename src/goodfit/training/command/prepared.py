# SPDX-License-Identifier: Apache-2.0
"""A command that is ready to be run many times: the same port as a Task's, with a process behind it."""

import hashlib
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor

from goodfit.errors import DivergedError, GoodfitError, InputError, TaskError, TrainingError
from goodfit.readers.scores import NAMES
from goodfit.training.command.logs import Written, check_finite, history_of, stamps_below, validation_of
from goodfit.training.command.named_files import digest, files_of
from goodfit.training.command.outputs import fresh_folder, one_at_a_time
from goodfit.training.command.process import carry_out, describe_exit, quoted
from goodfit.training.command.scores import agreeing, examples_of, find_scores, missing_scores, opened, seal
from goodfit.training.command.source import CommandSource
from goodfit.training.command.template import OUT, SEED, filled, names_in
from goodfit.training.evaluate import Measured
from goodfit.training.loop import OnEpoch, Trained
from goodfit.training.port import LockedSet
from goodfit.training.settings import Settings
from goodfit.values import Run

VERSION = "1"  # raised whenever a run is read differently, so that stored ones are not mixed up
OUTPUT = "output.txt"


@dataclass(frozen=True, slots=True)
class PreparedCommand:
    """A command whose files were fingerprinted."""

    source: CommandSource
    fingerprint: str

    @property
    def name(self) -> str:
        """How to speak of it."""
        return self.source.name

    @property
    def epochs(self) -> int | None:
        """Not known before a run."""
        return None

    def train(
        self,
        settings: Settings,
        on_epoch: OnEpoch | None = None,
        place: object = None,
        *,
        hand_on: bool = False,
    ) -> Trained:
        """Run the command once.

        Args:
            settings: the seed, and the values of its places.
            on_epoch: not called: what a command logs is read at its end.
            place: not used: checkpoints are the command's own business.
            hand_on: not used, for the same reason.

        Raises:
            DivergedError: a loss in the log is NaN or infinite.
            TrainingError: the command failed, took too long, or its log has no validation loss.
            ReadError: no log of the run can be read.
        """
        del on_epoch, place, hand_on
        source = self.source
        values = dict(settings.placeholders)
        out = fresh_folder(_below(source) / self.fingerprint[:8], {**values, SEED: str(settings.seed)})
        values |= {SEED: str(settings.seed), OUT: str(out)}
        began = time.perf_counter()
        with one_at_a_time(out.parent, alone=not _is_isolated(source)):
            return self._trained(settings, _Places.of(source, values, out), values, began)

    def so_far(self, settings: Settings, place: object) -> Run | None:
        """Nothing: what a command has logged is read at its end."""
        del settings, place
        return None

    def score(self, settings: Settings, weights: Mapping[str, Tensor]) -> Measured:
        """The test losses that a run wrote; `trials` alone may ask.

        Raises:
            InputError: it wrote none, or those of another seed.
            FormatError: they cannot be read.
        """
        found = opened(weights)
        if found.seed is not None and found.seed != settings.seed:
            raise InputError(
                f"the run of seed {settings.seed} wrote the scores of seed {found.seed}",
                where=found.source,
                todo="let the script write the scores of the run under way",
            )
        return Measured(losses=found.losses, metric=None, metrics=dict(found.metrics))

    def locked(self, sealed: Iterable[Mapping[str, Tensor]]) -> LockedSet:
        """Which test set the scores of finished runs are of; no loss is handed on.

        Raises:
            InputError: they are of different examples, or not there.
            FormatError: they cannot be read.
        """
        found = agreeing(map(examples_of, sealed))
        named = self.source.holdout or self.source.folder.name
        marks = ["ids", found.ids] if found.ids is not None else ["name", named, str(found.count)]
        return LockedSet(
            fingerprint=hashlib.sha256("\0".join(marks).encode()).hexdigest()[:16],
            groups=found.groups,
            limits=(*_limits(known_by_ids=found.ids is not None, named=named), WHOSE_CHECKPOINT),
        )

    def check(self, runs: Sequence[Run]) -> None:
        """Hold the newest of some finished runs against the others: their curves, and the number of their test losses.

        Raises:
            InputError: two seeds gave the same curve to the last digit, or test sets of different size.
        """
        *before, newest = runs
        for other in before:
            _check_pair(newest, other)

    def _trained(self, settings: Settings, at: "_Places", values: Mapping[str, str], began: float) -> Trained:
        before = stamps_below(at.scores) if at.scores is not None else {}
        written = Written(
            log=at.log,
            output=at.output,
            others=tuple([at.scores] if at.scores else [at.out / name for name in NAMES]),
            before=stamps_below(at.log),
            train=self.source.train,
            val=self.source.val,
        )
        code = carry_out(
            self.source.template.filled(values), self.source.folder, at.output, self.source.timeout
        )
        seconds = time.perf_counter() - began
        if code:
            _raise_diverged(written)
            raise TrainingError(
                f"the command ({_said(settings)}) {describe_exit(code)}{quoted(at.output)}",
                where=str(at.output),
                todo="mend it, and give the same command again: what is finished is not run again",
            )
        history = history_of(written)
        check_finite(history, str(history.source))
        curve = validation_of(history, written)
        found = find_scores(at.scores, at.out, before)
        if found is None and self.source.must_score:
            raise missing_scores(at.output, at.scores)
        sealed = seal(found) if found is not None else {}
        if self.source.must_score:  # what cannot be used is told now, and not after all runs
            tested = examples_of(sealed).count
            history = replace(history, context=replace(history.context, test_size=tested))
        best = int(np.argmin(curve.values))
        run = Run(
            seed=settings.seed,
            arm=settings.arm,
            setting=settings.knobs,
            history=history,
            score=curve.values[best],
            scores={"loss": curve.values[best]},
            best_epoch=best + 1,
            epochs=len(curve),
            seconds=seconds,
        )
        return Trained(run, sealed, {})  # no weights, so none that it ended with


@dataclass(frozen=True, slots=True)
class _Places:
    """Where one run writes."""

    out: Path
    log: Path
    output: Path
    scores: Path | None  # None: one of the usual names in `out`

    @classmethod
    def of(cls, source: CommandSource, values: Mapping[str, str], out: Path) -> "_Places":
        return cls(
            out=out,
            log=source.folder / filled(source.log, values),
            output=out / OUTPUT,
            scores=source.folder / filled(source.scores, values) if source.scores else None,
        )


WHOSE_CHECKPOINT = (
    "The test losses are those that the command wrote: which checkpoint they are of, and that nothing in the command "
    "chose it by the test set, is the script's word."
)


def prepare_command(source: CommandSource) -> PreparedCommand:
    """Find the program, and fingerprint the files that the command names.

    Raises:
        TaskError: there is no such program or folder.
    """
    template = source.template
    if not source.folder.is_dir():
        raise TaskError(
            "there is no such folder",
            where=str(source.folder),
            todo="run the command in a folder that exists",
        )
    program = template.arguments[0]
    if (
        not names_in(program)
        and shutil.which(program, path=None) is None
        and not _is_program(source.folder / program)
    ):
        raise TaskError(
            f"there is no program {program!r}",
            where="--command",
            todo="give it as it is called in this terminal, or with its whole path",
        )
    mark = hashlib.sha256()
    marks = [VERSION, source.command, source.log, str(source.scores), str(source.train), str(source.val)]
    for part in (*marks, source.folder.resolve().name):
        mark.update(part.encode() + b"\0")
    root = source.folder.resolve()
    for path in files_of(template.arguments, source.folder):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        mark.update(name.encode() + b"\0" + digest(path))
    return PreparedCommand(source, mark.hexdigest()[:16])


def _is_program(path: Path) -> bool:
    return len(path.parts) > 1 and shutil.which(str(path)) is not None


def _below(source: CommandSource) -> Path:
    return (source.folder / source.outputs).resolve()


def _is_isolated(source: CommandSource) -> bool:
    """Whether two runs of the command write to different places."""
    places = [source.log, *([source.scores] if source.scores else [])]
    return OUT in source.template.names and all(OUT in names_in(each) for each in places)


def _said(settings: Settings) -> str:
    """Which run it was."""
    return ", ".join(
        f"{name} {value}" for name, value in (*settings.placeholders.items(), ("seed", settings.seed))
    )


def _raise_diverged(written: Written) -> None:
    """A script that ends itself at a NaN has diverged; any other fault is told as it is.

    Raises:
        DivergedError: the log holds a NaN.
    """
    try:
        check_finite(history_of(written), str(written.log))
    except DivergedError:
        raise
    except GoodfitError:
        return


def _check_pair(run: Run, other: Run) -> None:
    sizes = [each.history.context.test_size for each in (other, run)]
    if None not in sizes and sizes[0] != sizes[1]:
        raise InputError(
            f"the run of seed {other.seed} ({other.arm.value}) wrote {sizes[0]} test losses, "
            f"that of seed {run.seed} ({run.arm.value}) {sizes[1]}",
            where=str(run.history.source),
            todo="score every run on the same test examples",
        )
    same_arm = run.arm is other.arm and run.seed != other.seed
    if same_arm and run.history.curves == other.history.curves:
        raise InputError(
            f"the runs of seed {other.seed} and seed {run.seed} logged the same curves to the last digit",
            where=str(run.history.source),
            todo="let the script seed itself by {seed}: pairs that are copies of each other prove nothing",
        )


def _limits(*, known_by_ids: bool, named: str) -> tuple[str, ...]:
    if known_by_ids:
        return ()
    unknown = (
        "The test examples have no ids: they are taken to come in the same order in every run, "
        f"and looks are counted for the name {named!r} and their number."
    )
    return (unknown,)
