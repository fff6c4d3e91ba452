# SPDX-License-Identifier: Apache-2.0
"""A training that goodfit starts as a command, for whoever cannot hand over a factory of the model.

    source = CommandSource("python train.py --dropout {dropout} --seed {seed} --out {out}")
    tune(source, command_knob(source, "dropout", [0, 0.2, 0.4, 0.6]))
    prove(source, source.at(dropout=0.4), control=source.at(dropout=0))

goodfit fills in {seed}, and {out}: a fresh folder for each run. The script logs its curves there as it always does
and, to be proven, writes its losses on the test examples into {out}/scores.json.
"""

from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from goodfit.errors import SettingsError
from goodfit.training.command.template import OUT, SEED, WHERE, Template, as_text, names_in, parsed
from goodfit.training.settings import Settings
from goodfit.training.splits import OWN_SEED

OUTPUTS = Path(".goodfit") / "outputs"


@dataclass(frozen=True, slots=True)
class CommandSource:
    """A command with places for values, and where it leaves its results.

    Raises:
        SettingsError: the command cannot be cut into arguments, or needs a shell; --log or --scores have a place that
            the command has not.
    """

    command: str  # "python train.py --dropout {dropout} --seed {seed} --out {out}"
    _: KW_ONLY
    log: str = "{out}"  # a file or a folder; relative to `folder`
    scores: str | None = (
        None  # file of per-example test losses; None: scores.json, .csv, .npy or .npz in {out}
    )
    holdout: str | None = None  # a name of the test set, for when its examples have no ids
    train: str | None = None  # columns of the log, where the guess is to be overruled
    val: str | None = None
    timeout: float | None = None  # seconds that one run may take
    folder: Path = field(default_factory=Path.cwd)  # where the command is carried out
    outputs: Path = OUTPUTS  # below it lie the runs' own folders; relative to `folder`
    must_score: bool = False  # whether a run without test scores is an error at once

    def __post_init__(self) -> None:
        template = parsed(self.command)
        for where, text in (("--log", self.log), ("--scores", self.scores or "")):
            if unknown := set(names_in(text)) - {*template.names, SEED, OUT}:
                raise SettingsError(
                    f"{{{min(unknown)}}} stands in {text!r} and not in the command",
                    where=where,
                    todo="use the places of the command, {seed} and {out}",
                )
        if self.timeout is not None and not self.timeout > 0:
            raise SettingsError(
                f"the timeout is {self.timeout}", where="--timeout", todo="give seconds above 0"
            )

    @property
    def name(self) -> str:
        """How to speak of it."""
        return self.command

    @property
    def template(self) -> Template:
        """The command, cut into arguments."""
        return parsed(self.command)

    @property
    def open_names(self) -> tuple[str, ...]:
        """The places that the user fills in."""
        return tuple(name for name in self.template.names if name not in (SEED, OUT))

    def at(self, **values: object) -> Settings:
        """A run of the command with these values; the seed is that of the user's own run.

        Raises:
            SettingsError: a place is left without a value, or there is none of that name.
        """
        wanted = self.open_names
        known = ", ".join(f"{{{name}}}" for name in wanted) or "none but {seed} and {out}"
        if unknown := [name for name in values if name not in wanted]:
            raise SettingsError(
                f"the command has no place {{{unknown[0]}}}; it has {known}",
                where=WHERE,
                todo=f"write {{{unknown[0]}}} where the value belongs, or leave it out",
            )
        if missing := [name for name in wanted if name not in values]:
            raise SettingsError(
                f"the command's place {{{missing[0]}}} has no value",
                where=WHERE,
                todo=f"give one: --set {missing[0]}=VALUE; in Python at({missing[0]}=VALUE)",
            )
        placed = {name: as_text(value) for name, value in values.items()}
        return Settings(seed=OWN_SEED, placeholders=placed, knobs=_numbers(placed))


def _numbers(values: dict[str, str]) -> dict[str, float]:
    """Those of the values that are numbers, for the record."""
    found = {}
    for name, text in values.items():
        try:
            found[name] = float(text)
        except ValueError:
            continue
    return found
