# SPDX-License-Identifier: Apache-2.0
"""Which steps a report did not take: what was not done must not look as if it had been."""

from goodfit.values import Report


def steps_not_taken(report: Report) -> tuple[str, ...]:
    """One sentence for each step that is missing."""
    missing = []
    if not report.prescriptions:
        missing.append("No remedy was looked for.")
    if report.treatment is None:
        missing.append("No model was changed.")
    if report.study is None:
        missing.append("No dose was searched for.")
    if report.verdict is None:
        missing.append(
            "Nothing was proven: whether the change helps on untouched test data was not measured."
        )
    return tuple(missing)
