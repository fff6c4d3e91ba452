# SPDX-License-Identifier: Apache-2.0
"""Judgements on the curves of a run: one file a diagnosis, RULES an explicit tuple.

`diagnose(history)` gives one Diagnosis a rule, always; `healthy` and `headline` say what they amount to.
`diagnose_many` judges a stream of histories; `Live` tells what changes while a training runs.

Names are loaded when first used: judging one log needs neither processes nor the live view.
"""

from typing import TYPE_CHECKING

from goodfit._lazy import lazily

if TYPE_CHECKING:
    from goodfit.rules._choosing import choose_rules, left_out
    from goodfit.rules._live import Change, ChangeKind, Live
    from goodfit.rules._many import diagnose_many
    from goodfit.rules._rule import Rule, Step, diagnose_one
    from goodfit.rules._verdict import HEALTH_RESTS_ON, PRECEDENCE, RULES, diagnose, headline, healthy

_HOME = {
    "Change": "_live",
    "ChangeKind": "_live",
    "HEALTH_RESTS_ON": "_verdict",
    "Live": "_live",
    "PRECEDENCE": "_verdict",
    "RULES": "_verdict",
    "Rule": "_rule",
    "Step": "_rule",
    "choose_rules": "_choosing",
    "diagnose": "_verdict",
    "diagnose_many": "_many",
    "diagnose_one": "_rule",
    "headline": "_verdict",
    "healthy": "_verdict",
    "left_out": "_choosing",
}

__all__ = [
    "HEALTH_RESTS_ON",
    "PRECEDENCE",
    "RULES",
    "Change",
    "ChangeKind",
    "Live",
    "Rule",
    "Step",
    "choose_rules",
    "diagnose",
    "diagnose_many",
    "diagnose_one",
    "headline",
    "healthy",
    "left_out",
]

__getattr__ = lazily(__name__, _HOME, globals())


def __dir__() -> list[str]:
    return __all__
