# SPDX-License-Identifier: Apache-2.0
"""A comparison by command: every place with several values is a remedy."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodfit._cli import run
from goodfit.comparing import compare
from goodfit.errors import SettingsError
from goodfit.training import CommandSource
from goodfit.values import Comparison, Part, loads

COMMAND = f"'{sys.executable}' -S -E train.py --dose {{dose}} --seed {{seed}} --out {{out}}"
Make = Callable[..., CommandSource]


def test_places_are_compared_and_nothing_is_run_twice(
    source: Make, starts: Callable[[], list[str]], folder: Path
) -> None:
    """The first place is the primary comparison, both and their combination have verdicts, and asking again runs nothing."""
    two = source("--effect {other}")
    places: dict[str, list[float | str]] = {"dose": [0, 0.2, 0.4], "other": [0.3, 0.2]}

    def ask() -> Comparison:
        return compare(two, places=places, combinations=["dose+other"], seeds=2, store=folder / "store")

    first = ask()
    runs = len(starts())
    assert runs == 1 + 3 + 2 * 4
    assert {one.name: one.part for one in first.candidates} == {
        "dose": Part.PRIMARY,
        "other": Part.OTHER,
        "dose + other": Part.OTHER,
        "random-remedy": Part.CHANCE,
        "early-stopping": Part.REFERENCE,
    }
    assert all(one.verdict is not None for one in first.candidates if one.part is not Part.REFERENCE)
    assert "the script's word" in " ".join(first.notes)
    again = ask()
    assert len(starts()) == runs
    assert [one.losses for one in again.candidates] == [one.losses for one in first.candidates]
    assert again.holdout_reads == 1


def test_the_command_line_takes_the_places(capsys: pytest.CaptureFixture[str]) -> None:
    """A place is an option; the dry run tells how often the command would run; a mistyped one is named."""
    command = ["compare", "--command", COMMAND, "--seeds", "2", "--dose", "0,0.4"]
    assert run([*command, "--dry-run"]) == 0
    assert "cost: 6 runs of the command" in capsys.readouterr().out
    assert run([*command, "--output-format", "json"]) == 0
    assert loads(Comparison, capsys.readouterr().out).trainings == 6
    assert run([*command, "--dosis", "1,2"]) == 2
    assert "did you mean --dose?" in capsys.readouterr().err
    assert run(["compare", "mnist", "--dose", "0,1"]) == 2
    assert "--dose is for a training by command" in capsys.readouterr().err


def test_what_does_not_fit_a_command_is_refused(source: Make, folder: Path) -> None:
    """Remedies by name, places without a choice, and combinations of them are errors before anything is run."""
    plain: CommandSource = source()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"remedies": ["l1"], "places": {"dose": [0, 1]}}, "whose places are its remedies"),
        ({"places": {"dose": [0]}}, "no place of the command has values to try"),
        ({"places": {"dose": [0, 1]}, "combinations": ["dose+other"]}, "has no values to try"),
    ]
    for given, said in cases:
        with pytest.raises(SettingsError, match=said):
            compare(plain, store=folder / "store", **given)
