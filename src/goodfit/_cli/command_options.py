# SPDX-License-Identifier: Apache-2.0
"""The options by which a training is given as a command: what is started, and where it leaves curves and scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from goodfit.errors import SettingsError

if TYPE_CHECKING:
    from goodfit.training import CommandSource


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """A training by command."""

    command: Annotated[
        str | None,
        Parameter(
            help="Train by this command instead of a TASK: 'python train.py --dropout {dropout} --seed {seed} "
            "--out {out}'. goodfit fills in {seed} and {out}, a fresh folder for each run; other places are values "
            "that you name. It is started without a shell."
        ),
    ] = None
    places: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set", negative=(), help="NAME=VALUE: what stands in a place of the command in every run."
        ),
    ] = ()
    log: Annotated[
        str,
        Parameter(help="Where the command logs its curves, a file or a folder; with {out} in it or without."),
    ] = "{out}"
    scores: Annotated[
        str | None,
        Parameter(
            help="The file of test losses, one an example, that the command writes; when not given, scores.json, .csv, "
            ".npy or .npz in {out}. It is read when something is proven, and only then."
        ),
    ] = None
    holdout: Annotated[
        str | None,
        Parameter(
            help="A name of the test set, under which looks at it are counted when its examples have no ids."
        ),
    ] = None
    train: Annotated[
        str | None, Parameter(help="The column of the training loss, as it is called in the log.")
    ] = None
    val: Annotated[str | None, Parameter(help="The column of the validation loss.")] = None
    timeout: Annotated[float | None, Parameter(help="Seconds that one run of the command may take.")] = None

    def source(self, store: Path) -> "CommandSource":
        """The command, whose runs leave their output in the store.

        Raises:
            SettingsError: there is none, or it cannot be used.
        """
        from goodfit.training import CommandSource

        if self.command is None:
            raise SettingsError("no command was given", where="--command", todo="give one, or a TASK")
        return CommandSource(
            self.command,
            log=self.log,
            scores=self.scores,
            holdout=self.holdout,
            train=self.train,
            val=self.val,
            timeout=self.timeout,
            outputs=store.absolute() / "outputs",
        )

    @property
    def fixed(self) -> Mapping[str, str]:
        """The values that --set gives.

        Raises:
            SettingsError: one is not NAME=VALUE.
        """
        found = {}
        for each in self.places:
            name, equals, value = each.partition("=")
            if not equals or not name.isidentifier():
                raise SettingsError(f"{each!r} is not NAME=VALUE", where="--set", todo="write --set lr=0.01")
            found[name] = value
        return found

    def given_besides_command(self) -> list[str]:
        """Options that mean nothing without a command."""
        plain = CommandOptions()
        names = {"places": "set"}
        fields = ("places", "log", "scores", "holdout", "train", "val", "timeout")
        return [
            f"--{names.get(name, name)}" for name in fields if getattr(self, name) != getattr(plain, name)
        ]


def one_of(task: str | None, options: CommandOptions) -> None:
    """Check that either a TASK or a command was given.

    Raises:
        SettingsError: both, neither, or options of a command beside a TASK.
    """
    if (task is None) == (options.command is None):
        found = (
            "neither a TASK nor a command was given"
            if task is None
            else "both a TASK and a command were given"
        )
        raise SettingsError(found, where="--command", todo="give one of the two")
    if task is not None and (odd := options.given_besides_command()):
        raise SettingsError(
            f"{odd[0]} is for a training by command", where=odd[0], todo="leave it out, or give --command"
        )
