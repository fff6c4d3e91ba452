# SPDX-License-Identifier: Apache-2.0
"""What is said of a locked test set, whoever holds it: a Task, or a command that scores itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LockedSet:
    """A test set without its losses."""

    fingerprint: str  # looks at it are counted under this
    groups: tuple[int, ...] | None  # equal codes for examples that are not independent
    limits: tuple[str, ...] = ()  # what is not known of it, as sentences
