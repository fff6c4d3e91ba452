# SPDX-License-Identifier: Apache-2.0
"""What drawn histories are made of: lengths, units, noise, and noise-free courses in several functional forms."""

from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from drawn import Drawn, Floats

from goodfit.values import Axis, Curve, Goal, MeasuredAs, Split

__all__ = ["NOISES", "Floats", "Setting", "setting_of"]
NOISES = (0.005, 0.02, 0.05)
LENGTHS = (20, 30, 40, 60, 60, 100, 200, 400, 1000)  # evaluations
UNITS = (1.0, 1.0, 0.01, 40.0, 3e4)  # cross-entropy, small errors, perplexity-like, squared prices
FALLS = {"develop": ("exponential", "power law"), "judge": ("two speeds", "power law", "exponential")}
RISES = {"develop": ("straight", "saturating", "bent down"), "judge": ("bent up", "logarithmic", "straight")}


@dataclass(slots=True, kw_only=True)
class Setting:
    """One draw's surroundings; `form` collects the names of the functional forms that were used."""

    draw: np.random.Generator
    judging: bool
    n: int
    noise: float
    train_noise: float
    correlation: float
    heavy: bool  # heavy-tailed noise (Student's t with 4 degrees of freedom)
    unit: float
    axis: Axis
    stride: int  # x units between evaluations
    smoothed: bool  # the training curve is a running mean
    forms: list[str] = field(default_factory=list)

    @property
    def form(self) -> str:
        """The functional forms, as one name."""
        return " + ".join(self.forms) or "plain"

    @property
    def t(self) -> Floats:
        """Share of the run at each evaluation, shape (n,)."""
        return np.arange(self.n) / (self.n - 1)

    @property
    def x(self) -> list[float]:
        """X of each evaluation, from one stride on."""
        return [float(self.stride * (i + 1)) for i in range(self.n)]

    def between(self, low: float, high: float) -> float:
        """A uniform number."""
        return float(self.draw.uniform(low, high))

    def chance(self, share: float) -> bool:
        """Whether something happens that does in this share of cases."""
        return bool(self.draw.random() < share)

    def fall(self, low: float = 0.04, high: float = 0.15) -> Floats:
        """From 1 towards 0 at a pace of `low` to `high` of the run."""
        part = "judge" if self.judging else "develop"
        form = str(self.draw.choice(FALLS[part]))
        self.forms.append(form)
        pace, t = self.between(low, high), self.t
        if form == "exponential":
            return np.asarray(np.exp(-t / pace))
        if form == "two speeds":
            share = self.between(0.5, 0.85)
            return np.asarray(share * np.exp(-t / (0.4 * pace)) + (1 - share) * np.exp(-t / (1.3 * pace)))
        power = self.between(1.5, 2.5)
        return np.asarray((1 + t / (pace * power * 0.6)) ** -power)

    def rise(self, turn: float) -> Floats:
        """From 0 at `turn` to 1 at the end of the run."""
        part = "judge" if self.judging else "develop"
        form = str(self.draw.choice(RISES[part]))
        self.forms.append(form)
        u = np.clip(self.t - turn, 0, None) / (1 - turn)
        if form == "saturating":
            return np.asarray((1 - np.exp(-3 * u)) / (1 - np.exp(-3)))
        if form == "logarithmic":
            return np.asarray(np.log1p(6 * u) / np.log(7))
        power = {"straight": 1.0, "bent down": 0.7, "bent up": 1.4}[form]
        return np.asarray(u**power)

    def wander(self, correlation: float | None = None, *, heavy: bool | None = None) -> Floats:
        """Noise of unit variance."""
        heavy = self.heavy if heavy is None else heavy
        r = self.correlation if correlation is None else correlation
        drawn = self.draw.standard_t(4, self.n) / sqrt(2) if heavy else self.draw.standard_normal(self.n)
        for i in range(1, self.n):
            drawn[i] = r * drawn[i - 1] + sqrt(1 - r * r) * drawn[i]
        return np.asarray(drawn)

    def logged(self, drawn: Drawn) -> dict[str, Curve]:
        """The curves as a log would hold them."""
        scale, curves = drawn.noise_scale, {}
        noisy = drawn.train * (1 + self.train_noise * scale * self.wander(0.0, heavy=False))
        how = MeasuredAs.UNKNOWN
        if self.smoothed and drawn.may_be_smoothed:
            noisy, how = _running_mean(noisy), MeasuredAs.SMOOTHED
        curves["train_loss"] = self.curve(noisy, Split.TRAIN, how, every=drawn.every)
        for name, values in drawn.extra.items():
            curves[name] = self.curve(values, Split.TRAIN, MeasuredAs.EVAL_MODE)
        curves["val_loss"] = self.curve(
            drawn.val * (1 + self.noise * scale * self.wander()), Split.VALIDATION
        )
        if drawn.test is not None:
            curves["test_loss"] = self.curve(
                drawn.test * (1 + self.noise * scale * self.wander()), Split.TEST
            )
        if drawn.accuracy is not None:
            curves["val_accuracy"] = Curve.of(
                map(float, drawn.accuracy),
                x=self.x,
                axis=self.axis,
                split=Split.VALIDATION,
                metric="accuracy",
                goal=Goal.MAXIMIZE,
            )
        return curves

    def curve(
        self, values: Floats, split: Split, how: MeasuredAs = MeasuredAs.UNKNOWN, *, every: int = 1
    ) -> Curve:
        """A curve of the loss in this setting's unit."""
        kept = [float(v) for v in values[every - 1 :: every] * self.unit]
        return Curve.of(kept, x=self.x[every - 1 :: every], axis=self.axis, split=split, measured_as=how)


def setting_of(draw: np.random.Generator, *, judging: bool) -> Setting:
    """Draw the surroundings of one history."""
    noise = float(draw.choice(NOISES))
    stepped = bool(draw.random() < 0.3)
    return Setting(
        draw=draw,
        judging=judging,
        n=int(draw.choice(LENGTHS)),
        noise=noise,
        train_noise=noise * float(draw.choice((0.1, 0.25, 0.5))),
        correlation=float(draw.choice((0.0, 0.0, 0.5))),
        heavy=bool(draw.random() < 0.15),
        unit=float(draw.choice(UNITS)),
        axis=Axis.STEP if stepped else Axis.EPOCH,
        stride=int(draw.choice((10, 50, 200))) if stepped else int(draw.choice((1, 1, 1, 2))),
        smoothed=bool(draw.random() < 0.15),
    )


def _running_mean(values: Floats) -> Floats:
    """An exponential running mean of factor .6, begun at the first value, as dashboards draw it."""
    smooth = values.copy()
    for i in range(1, len(values)):
        smooth[i] = 0.6 * smooth[i - 1] + 0.4 * values[i]
    return smooth
