# SPDX-License-Identifier: Apache-2.0
"""GF401 noisy validation: only a large rise could be seen in this curve."""

from types import MappingProxyType

from goodfit.measures import smallest_visible_rise
from goodfit.rules._example import example, falling
from goodfit.rules._needs import VAL
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

VISIBLE = Threshold(
    name="smallest-visible-rise",
    value=15.0,
    unit="%",
    because="a convention of ours: a rise of 15 % is a finding that nobody should miss; where it would drown in the noise, silence"
    " about overfitting means nothing",
)


class NoisyValidation(Rule):
    """The evaluations scatter so much that a rise could hide in them."""

    code = "GF401"
    name = "noisy-validation"
    summary = "Validation scatters so much that a rise of 15 % could not be told from none."
    definition = (
        "smallest visible rise = (t sqrt(2) + sqrt(2 ln 6)) x long-run noise sd / sqrt(n / 6) / |lowest window| of"
        " validation >= 15 %, with n evaluations in the run."
    )
    why = "A curve in which a harmful rise cannot be seen cannot show that there is none."
    limits = (
        "A curve that rises by more than its noise is judged all the same: then this is only a remark.",
        "Batch norm with small batches makes validation erratic in evaluation mode; that is no lack of examples.",
        "Regular swings (a cyclic learning rate) count as noise.",
    )
    needs = (VAL,)
    thresholds = (VISIBLE,)
    sources = (
        Source(
            key="bouthillier2021accounting",
            place="abstract",
            says="Which data were sampled, the initialisation and the choice of hyper-parameters change the results of"
            " a benchmark markedly.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF101", by="rise-after-minimum: its whole interval lies beyond the noise"),
        LookAlike(code="GF301", by="lost-share: in a divergence training is thrown off too"),
    )
    remedies = ()
    settled_by = ("paired-noise", "repeated-evaluation")
    since = "0.1"

    severity = Severity.NOTE
    present_message = "{val} scatters so much that only a rise of {visible} or more could be told from none."
    absent_messages = MappingProxyType(
        {"smallest-visible-rise": "A rise of {visible} would have been seen in the {val}."}
    )
    open_message = (
        "A rise of about {visible} could be told from none in the {val}, give or take: close to the limit."
    )
    advice = "Use a larger validation set, or judge by the mean over several seeds."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the smallest rise that could be seen against its threshold."""
        val = history.val
        return (against(smallest_visible_rise(val) if val else None, VISIBLE),)

    @staticmethod
    def present() -> History:
        """Validation scatters by 12 % around its level."""
        return example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4), noise=0.12)

    @staticmethod
    def absent() -> History:
        """Validation scatters by half a per cent."""
        return example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4))
