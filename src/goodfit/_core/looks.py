# SPDX-License-Identifier: Apache-2.0
"""Who looked at a test set, and what that adds up to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedLook:
    """One comparison that was judged on a test set."""

    number: int  # 1-based, in the order in which they were written down
    when: str  # ISO 8601, UTC
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSetLooks:
    """All looks at one test set."""

    __test__ = False  # the name begins like that of a test class; it is none

    test_set: str  # fingerprint of its examples
    looks: tuple[NotedLook, ...]  # the oldest first
    chance_of_a_false_claim: float  # if nothing helped, at the usual level and for independent looks
    worn_out: bool  # looked at so often that a fresh one is due
