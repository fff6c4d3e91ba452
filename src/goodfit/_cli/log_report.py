# SPDX-License-Identifier: Apache-2.0
"""A report that goes as far as a log alone can: to the diagnosis."""

from collections.abc import Sequence

from goodfit._about import provenance
from goodfit.measures import phases
from goodfit.values import Diagnosis, History, Report


def report_of(history: History, diagnoses: Sequence[Diagnosis], left_out: Sequence[str] = ()) -> Report:
    """What was found; `left_out` are the codes of rules that were not asked for."""
    notes = (f"rules left out: {', '.join(left_out)}",) if left_out else ()
    return Report(
        history=history,
        diagnoses=tuple(diagnoses),
        phases=phases(history),
        notes=notes,
        provenance=provenance(),
    )
