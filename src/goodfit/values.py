# SPDX-License-Identifier: Apache-2.0
"""The frozen values that carry goodfit's words, and their JSON form.

    History -> Measurement -> Evidence -> Diagnosis -> Prescription -> Treatment -> Study
            -> Run (per arm and seed) -> Verdict -> Report

Each stage adds, none edits. `dumps(value)` and `loads(Kind, text)` are each other's inverse.
"""

from goodfit._core.codec import SCHEMA_VERSION, dumps, from_json, loads, to_json
from goodfit._core.diagnosis import Diagnosis, LookAlike, Onset, Phase
from goodfit._core.evidence import Direction, Evidence, Measurement, Threshold, judge
from goodfit._core.history import Axis, Curve, Goal, History, MeasuredAs, RunContext, Split
from goodfit._core.model_facts import LayerFacts, LayerKind, ModelFacts
from goodfit._core.outcome import Outcome, Severity, conjunction
from goodfit._core.overview import Overview, RunOverview, UnreadFile
from goodfit._core.patience import Patience
from goodfit._core.prescription import Dose, Grade, Prescription, Rejection, Source
from goodfit._core.probe import ProbeResult
from goodfit._core.report import Provenance, Report
from goodfit._core.rulebook import EntryKind, RulebookEntry
from goodfit._core.run import Arm, Cost, Run, RunStatus, Study, Trial
from goodfit._core.schema import schema_of
from goodfit._core.showing import Results
from goodfit._core.trade_off import TradeOff
from goodfit._core.treatment import Edit, EditKind, Skip, Treatment
from goodfit._core.verdict import ArmMeans, Decision, Effect, Gate, Verdict

__all__ = [
    "SCHEMA_VERSION",
    "Arm",
    "ArmMeans",
    "Axis",
    "Cost",
    "Curve",
    "Decision",
    "Diagnosis",
    "Direction",
    "Dose",
    "Edit",
    "EditKind",
    "Effect",
    "EntryKind",
    "Evidence",
    "Gate",
    "Goal",
    "Grade",
    "History",
    "LayerFacts",
    "LayerKind",
    "LookAlike",
    "MeasuredAs",
    "Measurement",
    "ModelFacts",
    "Onset",
    "Outcome",
    "Overview",
    "Patience",
    "Phase",
    "Prescription",
    "ProbeResult",
    "Provenance",
    "Rejection",
    "Report",
    "Results",
    "RulebookEntry",
    "Run",
    "RunContext",
    "RunOverview",
    "RunStatus",
    "Severity",
    "Skip",
    "Source",
    "Split",
    "Study",
    "Threshold",
    "TradeOff",
    "Treatment",
    "Trial",
    "UnreadFile",
    "Verdict",
    "conjunction",
    "dumps",
    "from_json",
    "judge",
    "loads",
    "schema_of",
    "to_json",
]
