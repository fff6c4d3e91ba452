# SPDX-License-Identifier: Apache-2.0
"""Many runs side by side: what was found in each, and which files hold none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from goodfit._core.diagnosis import Diagnosis
from goodfit._core.mapping import FrozenMapping
from goodfit._core.outcome import Outcome, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOverview:
    """One run in short: the findings in full, of the other rules only their outcome."""

    path: (
        str  # of the log, below the directory that was given; with the run's name when the log holds several
    )
    severity: Severity | None  # of the worst finding; None without one
    headline: str | None  # code of the finding to name first; None without one
    healthy: Outcome  # absent: it is not; not applicable: it could not be judged
    outcomes: Mapping[str, Outcome] = field(default_factory=FrozenMapping)  # of every rule, by code
    findings: tuple[Diagnosis, ...] = ()  # those that are PRESENT
    warnings: tuple[str, ...] = ()  # what was repaired or is doubtful in the log

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", FrozenMapping(self.outcomes))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadFile:
    """A file that holds no run that can be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All runs below a directory, the worst first."""

    runs: tuple[RunOverview, ...]
    unread: tuple[UnreadFile, ...] = ()
    left_out: tuple[str, ...] = ()  # codes of the rules that were not asked for
