# SPDX-License-Identifier: Apache-2.0
"""What a remedy gives and takes, each with the measurement that shows it on the user's own task."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff:
    """One thing that a remedy is known to give or to take."""

    says: str  # one sentence
    measured_by: str  # the measurement of a trained model that shows it: "single-unit-reliance", "step-time"
