# SPDX-License-Identifier: Apache-2.0
"""GF205 plateau: training stood still for long, and fell again."""

from math import exp
from types import MappingProxyType

from goodfit.measures import change_inside, later_fall
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

FELL_LATER = Threshold(
    name="later-fall",
    value=0.3,
    unit="share",
    because="a convention of ours: three tenths of all that was learned came only after the flat stretch; a step of the"
    " learning rate late in a run gives less",
)
FLAT = Threshold(
    name="change-inside",
    value=0.2,
    unit="share",
    direction=Direction.BELOW,
    because="a straight line changes by half as much in a stretch as in the next two of its length, and a fall that"
    " slows down by more; a fifth is far from both",
)


class Plateau(Rule):
    """Training waited on a flat stretch, such as near a saddle point."""

    code = "GF205"
    name = "plateau"
    summary = "Training stood still for a fifth of the run or more, and fell clearly afterwards."
    definition = (
        "On 20 blocks of evaluations, for the four neighbouring ones that are flattest before the largest fall: fall"
        " within the next eight blocks >= 30 % of the whole fall of training, and the change inside <= 20 % of it."
    )
    why = (
        "The epochs of the flat stretch were lost, and a run stopped there would have been called stalled or"
        " underfitting: a better initialisation, a warm-up, momentum or normalisation often shortens it."
    )
    limits = (
        (
            "A stretch that was flat because of a schedule (a frozen part, a warm-up from a tiny learning rate) looks the"
            " same."
        ),
        "A large step of the learning rate after a flat stretch looks the same; see GF304.",
        "A run that ends on the flat stretch is not this: it is converged, underfitting (GF201) or stalled (GF203).",
        "Fewer than 20 evaluations settle nothing.",
    )
    needs = (TRAIN,)
    thresholds = (FELL_LATER, FLAT)
    sources = (
        Source(
            key="dauphin2014identifying",
            place="abstract",
            says="Saddle points are surrounded by plateaus of high error, which slow learning and look like"
            " local minima.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF203", by="later-fall: a stalled run is still flat at its end"),
        LookAlike(code="GF201", by="later-fall: an underfitting run ends on its flat stretch"),
        LookAlike(code="GF304", by="later-fall: a step of the learning rate late in a run gains less"),
    )
    remedies = ()
    settled_by = ("plateau-slope",)
    since = "0.1"

    severity = Severity.NOTE
    begins = "the plateau begins"
    present_message = (
        "{train} stood still from {stretch}, and then fell by {later_fall} of all that it fell in the run."
    )
    absent_messages = MappingProxyType(
        {
            "later-fall": "{train} made no large fall after a flat stretch.",
            "change-inside": "{train} fell without standing still for a fifth of the run.",
        }
    )
    open_message = (
        "Whether {train} stood still before it fell cannot be told from its noise or its few points."
    )
    advice = "Nothing must change. To save these epochs try a warm-up, another initialisation or normalisation layers."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the fall after the flattest stretch and the change inside it against their thresholds."""
        train = history.train
        if train is None:
            return ()
        return (against(later_fall(train), FELL_LATER), against(change_inside(train), FLAT))

    @staticmethod
    def present() -> History:
        """Both losses stay at chance level for 15 epochs, and then fall."""
        return example(
            lambda t: 0.4 + 1.9 / (1 + exp((t - 20) / 1.5)), lambda t: 0.5 + 1.8 / (1 + exp((t - 20) / 1.5))
        )

    @staticmethod
    def absent() -> History:
        """Both fall slowly from the first epoch on."""
        return example(falling(2.3, 0.4, 12), falling(2.3, 0.5, 12))
