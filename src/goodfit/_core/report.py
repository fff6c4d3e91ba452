# SPDX-License-Identifier: Apache-2.0
"""Everything that was found out about one run, with where it came from."""

from dataclasses import dataclass

from goodfit._core.diagnosis import Diagnosis, Phase
from goodfit._core.history import History
from goodfit._core.model_facts import ModelFacts
from goodfit._core.prescription import Prescription
from goodfit._core.run import Run, Study
from goodfit._core.showing import Shown
from goodfit._core.treatment import Treatment
from goodfit._core.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What is needed to make the same report again."""

    goodfit: str  # version
    python: str
    torch: str | None  # None when nothing was trained
    platform: str
    created: str  # ISO 8601, UTC
    command: str  # as typed
    task: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Shown):
    """The whole story of one run; renderers are functions of it. None: that step was not taken."""

    history: History
    diagnoses: tuple[Diagnosis, ...]
    phases: tuple[Phase, ...]
    prescriptions: tuple[Prescription, ...] = ()  # best first
    model: ModelFacts | None = None
    treatment: Treatment | None = None
    study: Study | None = None
    runs: tuple[Run, ...] = ()  # of the proof, control and treatment
    verdict: Verdict | None = None
    notes: tuple[str, ...] = ()  # what the user must know beside the result
    provenance: Provenance
