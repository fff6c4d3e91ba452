# SPDX-License-Identifier: Apache-2.0
"""Which findings count, and what they do to the exit code: shared by the verbs that report findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from goodfit.rules import choose_rules, left_out
from goodfit.values import Diagnosis, Outcome, Results, Severity

if TYPE_CHECKING:
    from goodfit.values import ProbeResult

FailOn = Literal["note", "warning", "error", "never"]
_RULES = (
    "codes (GF101), beginnings of codes (GF1) or names (overfitting), separated by commas; may be repeated"
)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """When a finding makes the command exit with 1."""

    fail_on: Annotated[FailOn, Parameter(help="Exit with 1 when a finding is at least this severe.")] = (
        "warning"
    )
    exit_zero: Annotated[
        bool, Parameter(negative=(), help="Exit with 0 whatever was found; errors still exit with 2.")
    ] = False

    @property
    def threshold(self) -> Severity | None:
        """The mildest severity that counts as a failure; None: none does."""
        return None if self.fail_on == "never" else Severity(self.fail_on)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rules that are to be heard."""

    select: Annotated[
        tuple[str, ...], Parameter(negative=(), show_default=False, help=f"Hear these rules alone: {_RULES}.")
    ] = ()
    ignore: Annotated[
        tuple[str, ...], Parameter(negative=(), show_default=False, help=f"Leave these rules out: {_RULES}.")
    ] = ()


class Heard:
    """The rules of a selection, as a filter of diagnoses.

    Raises:
        SettingsError: a name is no rule's, or no rule is left.
    """

    def __init__(self, selection: Selection) -> None:
        self.rules = choose_rules(parts(selection.select), parts(selection.ignore))
        self.codes = frozenset(rule.code for rule in self.rules)
        self.left_out = left_out(self.rules)

    def __call__(self, diagnoses: Sequence[Diagnosis]) -> Results[Diagnosis]:
        return Results(each for each in diagnoses if each.code in self.codes)


def exit_code(worst: Severity | None, judging: Judging) -> int:
    """1 when the worst finding is at or above what fails, else 0."""
    limit = judging.threshold
    failed = worst is not None and limit is not None and worst.rank >= limit.rank
    return int(failed and not judging.exit_zero)


def worst_of(results: "Sequence[Diagnosis | ProbeResult]") -> Severity | None:
    """The severity of the worst finding; None without one."""
    found = (each.severity for each in results if each.outcome is Outcome.PRESENT and each.severity)
    return max(found, key=lambda each: each.rank, default=None)


def parts(given: Sequence[str]) -> tuple[str, ...]:
    """What was given, taken apart at commas and blanks."""
    return tuple(part for each in given for part in each.replace(",", " ").split())
