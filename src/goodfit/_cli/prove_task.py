# SPDX-License-Identifier: Apache-2.0
"""Proving one remedy at one dose on a task: the pairs are trained, then the locked test set is opened once."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places
from goodfit._cli.output import stderr
from goodfit._cli.running import Running, store_for, workers_for
from goodfit.values import Prescription, Verdict

if TYPE_CHECKING:
    from goodfit.training import Prepared, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be proven."""

    task: str
    remedy: str
    dose: float | None
    seeds: int | Literal["auto"]
    running: Running


def prove_task(asked: Asked) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, and where the treated checkpoint lies.

    Raises:
        SettingsError: the remedy cannot be carried out, or needs a dose.
        NothingMatchedError: it has no place in the model.
        DivergedError: a training diverged.
    """
    need_torch()
    check_places(asked.running.reports, None)
    from goodfit._cli.progress import Teller
    from goodfit.execution import note_task
    from goodfit.tasks import find_task
    from goodfit.training import prepare, settle_threads
    from goodfit.trials import prove

    settle_threads()
    source = find_task(asked.task)
    prepared = prepare(source)
    treated = settings_of(prepared, asked.remedy, asked.dose)
    store = store_for(asked.running)
    changed = note_task(store, source.name, prepared.fingerprint)
    with Teller(stderr()) as teller, workers_for(asked.running, source) as pool:
        if changed is not None:
            teller.note(changed)
        pool.warm_up()
        (number,) = (f"{name} {value:g}" for name, value in treated.knobs.items())
        teller.stage(f"proving {number} with {asked.seeds} paired seeds")
        proof = prove(source, treated, seeds=asked.seeds, store=store, workers=pool, on_run=teller.run)
    kept = f"treated checkpoint with the lowest validation loss: {proof.checkpoint / 'weights.safetensors'}"
    return proof.verdict, (kept,)


def settings_of(prepared: "Prepared", remedy: str, dose: float | None) -> "Settings":
    """The treated training: the remedy planned for this task's model at one dose.

    Raises:
        SettingsError: the remedy cannot be carried out, or needs a dose.
    """
    from goodfit._experiment import carried_out
    from goodfit._subjects import subject_of_task
    from goodfit.remedies import REMEDIES
    from goodfit.surgery import PLANNERS, plan
    from goodfit.training import OWN_SEED, Patience, Settings
    from goodfit.tuning import KNOBS
    from goodfit.values import Arm

    usual = {each.name: each.dose for each in REMEDIES}
    asked = carried_out((), remedy) or Prescription(remedy=remedy)
    prescription = replace(asked, dose=usual.get(remedy))
    found = subject_of_task(prepared)
    example = None if PLANNERS[remedy].of_training else found.example
    treatment = plan(found.subject, prescription, dose=dose, example=example)
    usual_value = prescription.dose.value if prescription.dose else 1.0
    value = usual_value if dose is None else dose
    return Settings(
        seed=OWN_SEED,
        arm=Arm.TREATMENT,
        knobs={KNOBS[remedy]: value},
        treatment=treatment,
        patience=Patience(),
    )
