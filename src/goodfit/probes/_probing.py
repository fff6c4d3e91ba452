# SPDX-License-Identifier: Apache-2.0
"""Carrying probes out: PROBES is an explicit tuple, cheapest first; each probe gets a line, always."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from goodfit.errors import DivergedError, SettingsError
from goodfit.execution import STORE
from goodfit.probes._lab import Lab
from goodfit.probes._probe import Probe, result_of
from goodfit.probes.duplicates import Duplicates
from goodfit.probes.half_data import HalfData
from goodfit.probes.initial_loss import InitialLoss
from goodfit.probes.input_noise import InputNoise
from goodfit.probes.paired_noise import PairedNoise
from goodfit.probes.plateau_slope import PlateauSlope
from goodfit.probes.random_labels import RandomLabels
from goodfit.probes.repeated_evaluation import RepeatedEvaluation
from goodfit.probes.single_units import SingleUnits
from goodfit.probes.split_classifier import SplitClassifier
from goodfit.probes.temperature import Temperature
from goodfit.probes.train_in_eval_mode import TrainInEvalMode
from goodfit.training import OnEpoch, Task, TaskSource, as_source
from goodfit.values import ProbeResult, Results

PROBES: tuple[Probe, ...] = (
    TrainInEvalMode(),
    RepeatedEvaluation(),
    InitialLoss(),
    PairedNoise(),
    Temperature(),
    Duplicates(),
    InputNoise(),
    SplitClassifier(),
    PlateauSlope(),
    SingleUnits(),
    RandomLabels(),
    HalfData(),
)
"""All probes, in the order in which they are carried out: cheapest first."""

OnProbe = Callable[[Probe], None]
OnResult = Callable[[ProbeResult], None]


def probe(
    task: Task | TaskSource | str,
    names: Sequence[str] | None = None,
    *,
    store: Path | str = STORE,
    on_epoch: OnEpoch | None = None,
    on_probe: OnProbe | None = None,
    on_result: OnResult | None = None,
) -> tuple[ProbeResult, ...]:
    """Carry cheap experiments out on a task's own run; the run is trained only when the store does not hold it yet.

    Args:
        task: what to look at: a Task, or the reference of a function that gives one.
        names: the probes to carry out; None: all of them.
        store: folder of finished runs.
        on_epoch: called after every epoch of the own run, while it trains.
        on_probe: called before each probe.
        on_result: called with the line of each probe.

    Raises:
        SettingsError: a name is no probe's.
        TaskError: the task cannot be loaded, or its training raised.
    """
    chosen = choose(names)
    lab = Lab(as_source(task), Path(store), on_epoch)
    if any(each.uses_run for each in chosen):
        with suppress(DivergedError):  # said again by each probe that needs the run
            _ = lab.run
    results = []
    for each in chosen:
        if on_probe is not None:
            on_probe(each)
        results.append(result_of(each, lab))
        if on_result is not None:
            on_result(results[-1])
    return Results(results)


def choose(names: Sequence[str] | None) -> tuple[Probe, ...]:
    """The probes of these names, in the order of PROBES; None: all.

    Raises:
        SettingsError: a name is no probe's.
    """
    if names is None:
        return PROBES
    known = [each.name for each in PROBES]
    for name in names:
        if name not in known:
            raise SettingsError(
                f"there is no probe {name!r}",
                todo=f"the probes are {', '.join(known)}; see `goodfit explain`",
            )
    return tuple(each for each in PROBES if each.name in names)
