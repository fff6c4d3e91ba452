# SPDX-License-Identifier: Apache-2.0
"""What a command must bring to be proven."""

from collections.abc import Sequence
from dataclasses import replace

from goodfit.errors import SettingsError
from goodfit.training import CommandSource, Settings
from goodfit.values import Arm, Run

UNMOVED = "Both arms logged the same curves to the last digit, at every seed: the command seems to take no notice of the value."


def to_be_proven(source: CommandSource, treatment: Settings, control: Settings | None) -> CommandSource:
    """The command whose runs must all write test scores.

    Raises:
        SettingsError: it has no place for the seed, or its two arms are the same.
    """
    if "seed" not in source.template.names:
        raise SettingsError(
            "the command has no place for the seed, and pairs that differ by nothing prove nothing",
            where="--command",
            todo="write --seed {seed} (or however the script is told) into it, and let the script seed itself by it",
        )
    if control is None or control.placeholders == treatment.placeholders:
        raise SettingsError(
            "both arms would run the same command" if control is not None else "a command needs two arms",
            where="--control",
            todo="give two values: --control 0 --treatment 0.4; in Python control=source.at(NAME=VALUE)",
        )
    return replace(source, must_score=True)


def unmoved(runs: Sequence[Run]) -> tuple[str, ...]:
    """What to say when the value that is proven changed nothing."""
    arms = [{run.seed: run.history.curves for run in runs if run.arm is arm} for arm in Arm]
    return (UNMOVED,) if arms[0] == arms[1] else ()
