# SPDX-License-Identifier: Apache-2.0
"""A remedy is knowledge as typed data, and one method with logic: does it fit this case, and by which number?"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from goodfit.remedies._case import Case
from goodfit.remedies._words import said
from goodfit.values import Dose, LayerKind, Prescription, Rejection, Source, Threshold, TradeOff


class Remedy(ABC):
    """The base of all remedies: the fields each fills in, and how an answer is made from them."""

    name: ClassVar[str]  # kebab-case, an order: "raise-dropout"
    what: ClassVar[str]  # one sentence
    how: ClassVar[str]  # why it works
    benefits: ClassVar[str]
    costs: ClassVar[str]
    risk: ClassVar[str]  # how it can do harm
    trade_offs: ClassVar[tuple[TradeOff, ...]] = ()  # what it gives and takes, and what measures it
    treats: ClassVar[tuple[str, ...]]  # codes of the rules whose finding it may be prescribed for
    worsens: ClassVar[tuple[str, ...]]  # codes of the rules whose finding it makes worse
    where: ClassVar[str]  # the place, in words
    dose: ClassVar[Dose | None]  # where to start, and the range worth trying
    thresholds: ClassVar[tuple[Threshold, ...]] = ()  # all that decide
    sources: ClassVar[tuple[Source, ...]]
    edits: ClassVar[tuple[str, ...]] = ()  # modules of surgery/edits that carry it out; none: it is advice
    keeps_keys: ClassVar[bool] = True  # state-dict keys stay
    keeps_output: ClassVar[Literal["exact", "close", "no"]] = (
        "exact"  # of the same weights in evaluation mode
    )
    applies_to: ClassVar[tuple[LayerKind, ...]] = ()  # layers it acts on
    since: ClassVar[str]  # version

    @abstractmethod
    def consider(self, case: Case) -> Prescription | Rejection:
        """Prescribe the remedy for a case that has a finding, or leave it, with the number that decided."""

    def settle(self, case: Case) -> Prescription | None:  # noqa: ARG002 - most remedies have nothing to say here
        """Prescribe it where nothing that was found calls for a remedy, because it settles what was left open."""
        return None

    def prescribe(
        self,
        *,
        because: str,
        expected: str,
        where: tuple[str, ...] = (),
        dose: Dose | None = None,
        risk: str = "",
    ) -> Prescription:
        """This remedy for this case; place, dose and risk are the remedy's own where the case gives none."""
        return Prescription(
            remedy=self.name,
            where=where or (self.where,),
            dose=dose or self.dose,
            risk=risk or self.risk,
            expected=expected,
            because=because,
            sources=self.sources,
        )

    def leave(self, because: str) -> Rejection:
        """This remedy is not for this case."""
        return Rejection(remedy=self.name, because=because)

    def nothing_to_treat(self, case: Case) -> Rejection:
        """None of the findings it treats was found; says what was found instead of each."""
        return self.leave("; ".join(said(case, code) for code in self.treats))
