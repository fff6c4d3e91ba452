# SPDX-License-Identifier: Apache-2.0
"""more-data: more examples, collected or made by augmentation, so that there is less to learn by heart."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import gap_size, training_left, validation_worse
from goodfit.values import Grade, Outcome, Prescription, Rejection, Source, Threshold, TradeOff, judge

FALL = Threshold(
    name="fall of the loss from half to all of the data",
    value=10.0,
    unit="%",
    because=(
        "A convention of ours: trainings that differ only in their seed often differ by a few per cent, and there is one "
        "training on each side here; error that falls with the power .15 of the data falls by 10 % at each doubling."
    ),
)


class MoreData(Remedy):
    """More examples of the same kind."""

    name = "more-data"
    what = "Collect more training examples, or make them by augmentation that keeps their meaning."
    how = "What is particular to single examples averages out over more of them, and only what they share is left to learn."
    benefits = "The one remedy that takes nothing from the network; it adds to any other."
    costs = "Collecting and labelling; epochs take longer in proportion."
    risk = "Data of another kind shift the training set away from what counts; augmentation may change what a label means."
    trade_offs = (
        TradeOff(says="Validation lies closer to training.", measured_by="generalisation-gap"),
        TradeOff(
            says="A lower loss at the best epoch, as long as data were the limit.", measured_by="best-loss"
        ),
    )
    treats = ("GF101", "GF102")
    worsens = ("GF201",)
    where = "the training set"
    dose = None
    thresholds = (FALL,)
    sources = (
        Source(
            key="hestness2017deep",
            place="abstract",
            says="Over several fields and models the generalisation error falls as a power of the training set size.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="goodfellow2016deep",
            place="section 7.4",
            says="The best way to make a model generalise better is to train it on more data; augmentation makes some.",
            grade=Grade.PRACTICE,
        ),
    )
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits overfitting, unless training on half of the data showed that the other half brought little."""
        if "GF201" in case.found:
            return self.leave(f"{training_left(case)}: a network that does not fit these data needs no more")
        if not set(case.found) & set(self.treats):
            return self.nothing_to_treat(case)
        fall = case.measured_by_probe("half-data", FALL.name)
        if fall is not None and judge(fall, FALL) is Outcome.ABSENT:
            return self.leave(
                f"from half to all of the data the validation loss fell by {fall.value:.2g} % (half-data probe): more of this kind "
                "would change little"
            )
        if "GF101" not in case.found and not reaches(fall, FALL):
            return self.leave(f"{gap_size(case)}, which is normal, and {_measured(case)}")
        found = (
            f"{validation_worse(case)}, while {training_left(case)}"
            if "GF101" in case.found
            else gap_size(case)
        )
        return self.prescribe(
            because=f"{found}; {_measured(case)}",
            expected="Validation falls further before it turns; what the next doubling gives is at most about what the last one gave.",
        )


def _measured(case: Case) -> str:
    """What the half-data probe says."""
    fall = case.measured_by_probe("half-data", FALL.name)
    if fall is None:
        return "what more data would bring was not measured (the half-data probe tells)"
    settled = "" if reaches(fall, FALL) else ", which does not settle it"
    return (
        f"from half to all of the data the validation loss fell by {fall.value:.2g} % (half-data probe; interval "
        f"{fall.low:.2g} to {fall.high:.2g} %){settled}"
    )
