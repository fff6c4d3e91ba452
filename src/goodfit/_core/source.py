# SPDX-License-Identifier: Apache-2.0
"""What the literature says, and how well it supports it."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How well a source supports what it is cited for."""

    THEOREM = "theorem"
    REPLICATED = "replicated"
    SINGLE_STUDY = "single study"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place in the literature and what it says there."""

    key: str  # in references.bib
    place: str  # section, table, page
    says: str
    grade: Grade
