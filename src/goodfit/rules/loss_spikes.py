# SPDX-License-Identifier: Apache-2.0
"""GF303 loss spikes: training jumped up far beyond its noise and came back."""

from collections.abc import Callable
from types import MappingProxyType

from goodfit.measures import spike_height, spike_in_noise, spiking_curve
from goodfit.rules._example import example, falling
from goodfit.rules._facts_dynamics import spike_places
from goodfit.rules._needs import TRAIN
from goodfit.rules._rule import Rule, Step, against
from goodfit.rules._shared_dynamics import SPIKE_HEIGHT, SPIKE_IN_NOISE
from goodfit.values import Evidence, Grade, History, LookAlike, Measurement, Severity, Source, Threshold

SEVERAL = Threshold(
    name="spike-count",
    value=3.0,
    unit="spikes",
    because="one or two can be a batch of bad luck; three come from the settings",
)
HUGE = Threshold(
    name="spike-height",
    value=2.0,
    unit="share",
    because="a loss that trebles within one evaluation is a near miss of a divergence",
)


class LossSpikes(Rule):
    """A step was too long, and training recovered from it."""

    code = "GF303"
    name = "loss-spikes"
    summary = "Training loss jumped up far beyond its noise at single evaluations, and came back."
    definition = (
        "height = value - higher median of the five evaluations before and the (up to) five after, of training (where that is the loss of"
        " the last batch, of validation too): >= 25 % of"
        " that level (a tenth of the whole fall at least), and >= 8 sd of the noise beside it."
    )
    why = (
        "A spike costs the epochs of the way back, and is how many divergences begin: a learning rate too high, a few"
        " broken examples, an overflow in mixed precision."
    )
    limits = (
        "A log that keeps every second or tenth value can miss a spike that lasted one.",
        "Spikes within the first five or the last two evaluations are not looked for.",
        (
            "The loss of the last batch sees one batch of an epoch: spikes are looked for on validation too, where a single"
            " evaluation can be wild for another reason."
        ),
        "The loss of single batches has heavy tails: a hard batch is no fault of the training.",
        "Fewer than 15 evaluations settle nothing.",
    )
    needs = (TRAIN,)
    thresholds = (SPIKE_HEIGHT, SPIKE_IN_NOISE)
    sources = (
        Source(
            key="chowdhery2022palm",
            place="section 5.1, training instability",
            says="The loss of the largest model spiked about twenty times in spite of gradient clipping; going back"
            " some steps and skipping some hundred batches avoided it.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(
            code="GF301", by="spike-height: after a divergence the level is high, so nothing stands above it"
        ),
        LookAlike(
            code="GF302", by="spike-in-noise: a curve that swings throughout has no height in its own noise"
        ),
        LookAlike(code="GF406", by="spike-height: after a restart training takes its whole way down again"),
    )
    remedies = ("lower-learning-rate",)
    since = "0.1"

    severity = Severity.NOTE
    steps = (
        Step(severity=Severity.WARNING, threshold=HUGE),
        Step(severity=Severity.WARNING, threshold=SEVERAL),
    )
    begins = "the first spike"
    present_message = (
        "{spiked} jumped up at {spikes} and came back; the tallest stands {spike_height} above its level, {spike_in_noise}"
        " times the noise beside it."
    )
    absent_messages = MappingProxyType(
        {
            "spike-height": "No evaluation of {spiked} stands far above its neighbours ({spike_height} at most).",
            "spike-in-noise": "The highest point of {spiked} stands out by {spike_in_noise} times the noise beside it,"
            " no more than chance.",
        }
    )
    open_message = "Whether a point of {spiked} stands out cannot be told from its noise or its few points."
    advice = (
        "Look at the batches of {spikes}. Clip the gradient norm, or lower the learning rate, if it comes again; do not"
        " keep a checkpoint from a spike."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the tallest point against its level and its noise."""
        train = spiking_curve(history)
        if train is None:
            return ()
        return (against(spike_height(train), SPIKE_HEIGHT), against(spike_in_noise(train), SPIKE_IN_NOISE))

    def grade(self, history: History) -> tuple[Evidence, ...]:
        """Count the spikes."""
        count = float(len(spike_places(history)))
        return (against(Measurement.exact("spike-count", count, unit="spikes"), SEVERAL),)

    @staticmethod
    def present() -> History:
        """Training and validation double at epoch 24, and are back two epochs later."""
        return example(_spiked(0.4), _spiked(0.45))

    @staticmethod
    def absent() -> History:
        """Both fall without a spike, with some noise."""
        return example(falling(2.3, 0.4, 4), falling(2.3, 0.45, 4), noise=0.03)


def _spiked(end: float) -> Callable[[float], float]:
    fall = falling(2.3, end, 4)
    heights = {23: 1.2, 24: 0.4}
    return lambda epoch: fall(epoch) * (1 + heights.get(round(epoch), 0.0))
