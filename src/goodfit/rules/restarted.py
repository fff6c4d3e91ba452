# SPDX-License-Identifier: Apache-2.0
"""GF406 restarted: training jumped back to its start and took the same way down again."""

from collections.abc import Callable
from types import MappingProxyType

from goodfit.measures import fallen_again, jump_back, jumps_elsewhere, repeat_distance, repeat_length
from goodfit.rules._example import example, falling, turning
from goodfit.rules._needs import TRAIN
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

BACK = Threshold(
    name="jump-back",
    value=0.4,
    unit="share",
    because="half of what had been learned is gone at once; a running mean or a mean over the epoch misses the top of the jump",
)
SAME_WAY = Threshold(
    name="distance-from-first-fall",
    value=0.15,
    unit="share",
    direction=Direction.BELOW,
    because="two runs of one model with different seeds lie within some hundredths of each other on their way down; a"
    " spike or a divergence is off by most of it",
)
LONG = Threshold(
    name="length-of-repeat",
    value=4.0,
    unit="evaluations",
    because="a spike is over after two or three evaluations; a way down that short cannot be told from one",
)
ALONE = Threshold(
    name="other-jumps",
    value=0.33,
    unit="share",
    direction=Direction.BELOW,
    because="a restart stands alone; what comes again at a third of the height and more is a spike (GF303)",
)
AGAIN = Threshold(
    name="fallen-again",
    value=0.5,
    unit="share",
    because="a divergence stays up (GF301 calls it so beyond half)",
)


class Restarted(Rule):
    """The file holds two runs."""

    code = "GF406"
    name = "restarted"
    summary = "Training loss jumped back to near its start and repeated its first fall: two runs in one log."
    definition = (
        "At the largest jump of training: height >= 40 % of what had been removed, mean distance of the evaluations"
        " after it from the first ones <= 15 % of that, >= 4 evaluations until nine tenths of it were removed again, "
        " >= 50 % of the jump removed again, and no other jump a third as high."
    )
    why = (
        "A resume that began with fresh weights, a log that was appended to, or two runs in one file: every level,"
        " slope and minimum read off the joined curve belongs to neither."
    )
    limits = (
        "Three runs or more in one log have several such jumps, and are taken for spikes.",
        "Two runs with different settings take different ways down, and are not recognised.",
        "A network that is reset on purpose (cyclic restarts of the weights, a new task) looks the same.",
        "A first fall of under four evaluations is repeated by any spike of the right height: that is left open.",
        "Points that a reader cut because the log went back are named in the history's warnings, and not judged here.",
    )
    needs = (TRAIN,)
    thresholds = (BACK, SAME_WAY, LONG, AGAIN, ALONE)
    sources = (
        Source(
            key="loshchilov2017sgdr",
            place="on warm restarts",
            says="A restart of the learning rate alone, with the weights kept, raises the loss for some epochs and far"
            " below where training began.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(
            code="GF303",
            by="length-of-repeat and other-jumps: after a spike the old level is back at once, and spikes come again",
        ),
        LookAlike(code="GF301", by="fallen-again: a divergence stays up"),
        LookAlike(code="GF107", by="jump-back of training: in a second descent training never jumps"),
    )
    remedies = ()
    since = "0.1"

    severity = Severity.WARNING
    begins = "the jump back"
    present_message = (
        "{train} jumped back at {jump_place} by {jump_back} of what it had removed, and took its first way down once"
        " more (within {repeat_distance}): this log holds two runs."
    )
    absent_messages = MappingProxyType(
        {
            "jump-back": "{train} never jumps back to near its start.",
            "distance-from-first-fall": "{train} jumped up at {jump_place}, but did not repeat its first fall.",
            "length-of-repeat": "{train} jumped up at {jump_place} and was back too soon for a second run.",
            "other-jumps": "{train} jumped up at {jump_place}, and elsewhere nearly as far: see GF303, loss spikes.",
            "fallen-again": "{train} jumped up at {jump_place} and stayed there: see GF301, diverging.",
        }
    )
    open_message = (
        "Whether {train} began anew at {jump_place} cannot be told from its noise or its few points."
    )
    advice = (
        "Split the log at {jump_place} and diagnose the parts one by one. If it was a resume, check that weights and"
        " optimiser were loaded."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the jump, the way after it and its end against their thresholds."""
        train = history.train
        if train is None:
            return ()
        return (
            against(jump_back(train), BACK),
            against(repeat_distance(train), SAME_WAY),
            against(repeat_length(train, LONG.value), LONG),
            against(fallen_again(train), AGAIN),
            against(jumps_elsewhere(train), ALONE),
        )

    @staticmethod
    def present() -> History:
        """The same run twice, 20 epochs each."""
        return example(_twice(falling(2.3, 0.4, 4)), _twice(falling(2.3, 0.5, 4)))

    @staticmethod
    def absent() -> History:
        """Training falls for 20 epochs and then climbs back to where it began."""
        return example(turning(2.3, 0.6, 4, 20, 0.2), turning(2.3, 0.7, 4, 20, 0.2))


def _twice(course: Callable[[float], float]) -> Callable[[float], float]:
    return lambda epoch: course(epoch % 20)
