# SPDX-License-Identifier: Apache-2.0
"""The frozen values that carry goodfit's words, and their JSON form.

    History -> Measurement -> Evidence -> Diagnosis -> Prescription -> Treatment -> Study
            -> Run (per arm and seed) -> Verdict -> Report

Each stage adds, none edits. `dumps(value)` and `loads(Kind, text)` are each other's inverse.

Names are loaded when first used: judging a log makes no Prescription, Run or Verdict, and classes like these take a
millisecond each to build.
"""

from typing import TYPE_CHECKING

from goodfit._lazy import lazily

if TYPE_CHECKING:
    from goodfit._core.codec import SCHEMA_VERSION, dumps, from_json, loads, to_json
    from goodfit._core.comparison import Candidate, Comparison, Moment, Part, Score
    from goodfit._core.diagnosis import Diagnosis, LookAlike, Onset, Phase
    from goodfit._core.evidence import Direction, Evidence, Measurement, Threshold, judge
    from goodfit._core.history import Axis, Curve, Goal, History, MeasuredAs, RunContext, Split
    from goodfit._core.looks import NotedLook, TestSetLooks
    from goodfit._core.model_facts import LayerFacts, LayerKind, ModelFacts
    from goodfit._core.outcome import Outcome, Severity, conjunction
    from goodfit._core.overview import Overview, RunOverview, UnreadFile
    from goodfit._core.patience import Patience
    from goodfit._core.prescription import Dose, Prescription, RateStage, Rejection
    from goodfit._core.probe import ProbeResult
    from goodfit._core.report import Provenance, Report
    from goodfit._core.rulebook import EntryKind, RulebookEntry
    from goodfit._core.run import Arm, ArmEnd, Choice, Cost, FailedArm, Run, RunStatus, Study, Trial
    from goodfit._core.schema import schema_of
    from goodfit._core.showing import Results
    from goodfit._core.source import Grade, Source
    from goodfit._core.trade_off import TradeOff
    from goodfit._core.treatment import Edit, EditKind, Skip, Treatment
    from goodfit._core.verdict import (
        ArmMeans,
        Decision,
        Effect,
        Gate,
        SeedPlan,
        Sequential,
        Stopped,
        Verdict,
    )

_HOME = {
    "SCHEMA_VERSION": "_core.codec",
    "dumps": "_core.codec",
    "from_json": "_core.codec",
    "loads": "_core.codec",
    "to_json": "_core.codec",
    "Candidate": "_core.comparison",
    "Comparison": "_core.comparison",
    "Moment": "_core.comparison",
    "Part": "_core.comparison",
    "Score": "_core.comparison",
    "Diagnosis": "_core.diagnosis",
    "LookAlike": "_core.diagnosis",
    "Onset": "_core.diagnosis",
    "Phase": "_core.diagnosis",
    "Direction": "_core.evidence",
    "Evidence": "_core.evidence",
    "Measurement": "_core.evidence",
    "Threshold": "_core.evidence",
    "judge": "_core.evidence",
    "Axis": "_core.history",
    "Curve": "_core.history",
    "Goal": "_core.history",
    "History": "_core.history",
    "MeasuredAs": "_core.history",
    "RunContext": "_core.history",
    "Split": "_core.history",
    "NotedLook": "_core.looks",
    "TestSetLooks": "_core.looks",
    "LayerFacts": "_core.model_facts",
    "LayerKind": "_core.model_facts",
    "ModelFacts": "_core.model_facts",
    "Outcome": "_core.outcome",
    "Severity": "_core.outcome",
    "conjunction": "_core.outcome",
    "Overview": "_core.overview",
    "RunOverview": "_core.overview",
    "UnreadFile": "_core.overview",
    "Patience": "_core.patience",
    "Dose": "_core.prescription",
    "Edit": "_core.treatment",
    "EditKind": "_core.treatment",
    "Prescription": "_core.prescription",
    "RateStage": "_core.prescription",
    "Rejection": "_core.prescription",
    "Skip": "_core.treatment",
    "TradeOff": "_core.trade_off",
    "Treatment": "_core.treatment",
    "ProbeResult": "_core.probe",
    "Provenance": "_core.report",
    "Report": "_core.report",
    "EntryKind": "_core.rulebook",
    "RulebookEntry": "_core.rulebook",
    "Arm": "_core.run",
    "ArmEnd": "_core.run",
    "Choice": "_core.run",
    "Cost": "_core.run",
    "FailedArm": "_core.run",
    "Run": "_core.run",
    "RunStatus": "_core.run",
    "Study": "_core.run",
    "Trial": "_core.run",
    "schema_of": "_core.schema",
    "Results": "_core.showing",
    "Grade": "_core.source",
    "Source": "_core.source",
    "ArmMeans": "_core.verdict",
    "Decision": "_core.verdict",
    "Effect": "_core.verdict",
    "Gate": "_core.verdict",
    "SeedPlan": "_core.verdict",
    "Sequential": "_core.verdict",
    "Stopped": "_core.verdict",
    "Verdict": "_core.verdict",
}

__all__ = [
    "SCHEMA_VERSION",
    "Arm",
    "ArmEnd",
    "ArmMeans",
    "Axis",
    "Candidate",
    "Choice",
    "Comparison",
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
    "FailedArm",
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
    "Moment",
    "NotedLook",
    "Onset",
    "Outcome",
    "Overview",
    "Part",
    "Patience",
    "Phase",
    "Prescription",
    "ProbeResult",
    "Provenance",
    "RateStage",
    "Rejection",
    "Report",
    "Results",
    "RulebookEntry",
    "Run",
    "RunContext",
    "RunOverview",
    "RunStatus",
    "Score",
    "SeedPlan",
    "Sequential",
    "Severity",
    "Skip",
    "Source",
    "Split",
    "Stopped",
    "Study",
    "TestSetLooks",
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

__getattr__ = lazily("goodfit", _HOME, globals())


def __dir__() -> list[str]:
    return __all__
