# SPDX-License-Identifier: Apache-2.0
"""`goodfit tune` from the command line: of a command and of a TASK, in every format, and its refusals."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit._cli.command_options import CommandOptions
from goodfit._cli.tune import sorted_out
from goodfit.errors import SettingsError
from goodfit.training import CommandSource
from goodfit.values import Study, loads

Make = Callable[..., CommandSource]
DOSES = "0,0.2,0.4"


def test_a_command_is_tuned_in_every_format(
    source: Make, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Costs before on stderr, the result on stdout or in a file; the runs are taken from the store."""
    tokens = ["tune", "--command", source().command, "--dose", DOSES, "--store", "kept"]
    assert run(tokens) == 0
    shown = capsys.readouterr()
    assert "3 runs of the command at most (dose = 0, which you have, then 0.2, 0.4)" in shown.err
    assert "dose 0, as it is: validation loss" in shown.err
    assert "Dose: 0.4" in shown.out
    assert "Cost: 48 epochs" in shown.out
    assert run([*tokens, "--output-format", "json"]) == 0
    study = loads(Study, capsys.readouterr().out)
    assert study.chosen.value == 0.4
    assert run([*tokens, "--output-format", "jsonl", "--output-file", "study.jsonl"]) == 0
    assert loads(Study, (folder / "study.jsonl").read_text()) == study
    capsys.readouterr()
    assert run([*tokens, "--output-format", "markdown"]) == 0
    assert "# Dose" in capsys.readouterr().out
    assert len((folder / "starts.txt").read_text().splitlines()) == 3
    assert len(list((folder / "kept" / "outputs").glob("*/*/scores.json"))) == 3


def test_values_may_be_fixed_and_the_present_one_named(
    source: Make, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--set, one value alone, and --now."""
    tokens = ["tune", "--command", source("--effect {effect}").command, "--dose", "0.4", "--now", "0"]
    assert run([*tokens, "--set", "effect=0.3"]) == 0
    assert run([*tokens[:3], "--dose", "0,0.4", "--effect", "0.3"]) == 0
    assert capsys.readouterr().out.count("Dose: 0.4") == 2
    assert (folder / "starts.txt").read_text() == "0 0\n0.4 0\n"


def test_a_task_is_tuned_by_the_same_verb(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The remedy that was asked for, within the budget, with its cost told before and after."""
    assert run(["tune", f"{toy}:task", "--remedy", "raise-dropout", "--workers", "1"]) == 0
    shown = capsys.readouterr()
    assert "finding the dropout rate: your own run of" in shown.err
    assert "Cost:" in shown.out
    assert "Dropout rate:" in shown.out


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        ([], "neither a TASK nor a command"),
        (["mnist", "--command", "COMMAND"], "both a TASK and a command"),
        (["mnist", "--dose", "0,1"], "--dose is for a training by command, or unknown"),
        (["mnist", "--now", "1"], "--now is for a training by command"),
        (["mnist", "--holdout", "x"], "--holdout is for a training by command"),
        (["mnist", "--set", "a=b"], "--set is for a training by command"),
        (["--command", "COMMAND", "--remedy", "l2"], "--remedy is for a TASK"),
        (["--command", "COMMAND", "--dose", "0,1", "--budget", "9"], "cannot end a command's training"),
        (["--command", "COMMAND", "--budgte", "9"], "did you mean --budget?"),
        (["--command", "COMMAND", "--dose", "0,1", "--set", "x"], "'x' is not NAME=VALUE"),
        (["--command", "COMMAND"], "no place has values to try"),
        (
            ["--command", "COMMAND --effect {e}", "--dose", "0,1", "--e", "1,2"],
            "dose and e both have several",
        ),
        (["--command", "COMMAND --effect {e}", "--dose", "0,1"], "place {e} has no value"),
        (["--command", "COMMAND --fault fail", "--dose", "0,1"], "the data are gone"),
        (["--command", "pyhton {dose}", "--dose", "0,1"], "no program 'pyhton'"),
        (["--command", "COMMAND", "--dose", "0,1", "--log", "{run}"], "{run} stands in '{run}'"),
    ],
)
def test_refusals(source: Make, capsys: pytest.CaptureFixture[str], tokens: list[str], found: str) -> None:
    """Exit code 2 and one clear message, with what to do."""
    command = source().command
    assert run(["tune", *(token.replace("COMMAND", command) for token in tokens)]) == 2
    said = capsys.readouterr().err
    assert found in said
    assert "Traceback" not in said


def test_settings_are_shown_and_made_up_names_are_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """pyproject.toml may hold the command; a place's name is no key."""
    (folder / "pyproject.toml").write_text(
        '[tool.goodfit.tune]\ncommand = "python t.py {dose}"\nlog = "logs"\n'
    )
    assert run(["tune", "--show-settings"]) == 0
    shown = capsys.readouterr().out
    assert "python t.py {dose}" in shown
    assert "KEYWORD" not in shown


def test_the_options_make_a_source(folder: Path) -> None:
    """Outputs go into the store, wherever the command is carried out."""
    source = CommandOptions(command="python t.py {seed}", val="v", timeout=3.0).source(Path("kept"))
    assert (source.outputs, source.val, source.timeout) == (folder / "kept" / "outputs", "v", 3.0)


def test_values_are_sorted_out() -> None:
    """One place has several values; hyphens in an option are underscores in a place."""
    listed, fixed = sorted_out(
        {"weight-decay": "0, 0.1", "lr": "1"},
        {"depth": "2"},
        turned=False,
        known=("weight_decay", "lr", "depth"),
    )
    assert listed == {"weight_decay": ["0", "0.1"]}
    assert fixed == {"lr": "1", "depth": "2"}
    with pytest.raises(SettingsError, match="no place has values"):
        sorted_out({"lr": "1"}, {}, turned=False, known=("lr",))
