# SPDX-License-Identifier: Apache-2.0
"""Two values of a command are compared by the test losses that it wrote, which stay closed until a look was counted."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit._cli.command_options import CommandOptions
from goodfit._cli.prove_command import prove_command
from goodfit._cli.running import Running
from goodfit.errors import FormatError, GoodfitError, InputError, SettingsError, TrainingError
from goodfit.proof import HoldoutLedger
from goodfit.training import CommandSource
from goodfit.trials import Proof, prove
from goodfit.values import Arm, Decision, Split, Verdict, loads

Make = Callable[..., CommandSource]
Starts = Callable[[], list[str]]


def proven(source: CommandSource, treatment: float = 0.4, seeds: int = 5) -> Proof:
    """Dose 0 against another one."""
    return prove(source, source.at(dose=treatment), control=source.at(dose=0), seeds=seeds)


def test_a_better_dose_is_proven_once(source: Make, starts: Starts) -> None:
    """Ten runs and one look; asked again, neither a process nor a look is added."""
    toy = source()
    first = proven(toy)
    assert first.verdict.decision is Decision.IMPROVED
    assert first.verdict.seeds == (1, 2, 3, 4, 5)
    assert {mean.metric for mean in first.verdict.means} == {"loss", "accuracy"}
    assert all(run.measured_on is Split.TEST and len(run.per_example) == 400 for run in first.runs)
    assert {(run.arm, run.setting["dose"]) for run in first.runs} == {(Arm.CONTROL, 0), (Arm.TREATMENT, 0.4)}
    assert sorted(starts()) == sorted(f"{dose} {seed}" for seed in range(1, 6) for dose in ("0", "0.4"))
    again = proven(toy)
    assert again.verdict == first.verdict
    assert len(starts()) == 10
    assert first.verdict.holdout_reads == 1


def test_no_effect_is_not_claimed(source: Make) -> None:
    """Equal arms up to their noise."""
    assert proven(source("--effect 0")).verdict.decision in (Decision.UNDECIDED, Decision.EQUIVALENT)


def test_what_is_not_known_is_said(source: Make) -> None:
    """Without ids the order is taken on trust, and whose checkpoint was scored always is."""
    limits = " ".join(proven(source(), seeds=1).verdict.limits)
    assert "have no ids" in limits
    assert "is the script's word" in limits
    limits = " ".join(proven(source("--fault ids"), seeds=1).verdict.limits)
    assert "have no ids" not in limits


def test_examples_are_matched_by_their_ids(source: Make, folder: Path) -> None:
    """A script that shuffles its test set is compared example by example all the same, groups included."""
    told = proven(source("--fault ids,groups"), seeds=2)
    shuffled = proven(source("--fault ids,groups,shuffled"), seeds=2)
    assert [run.per_example for run in shuffled.runs] == [run.per_example for run in told.runs]
    assert shuffled.verdict.effect == told.verdict.effect
    assert shuffled.verdict.test_groups == told.verdict.test_groups == 100
    assert shuffled.verdict.holdout_reads == 2, (
        "the same examples are the same test set, whatever the command"
    )
    assert len((folder / ".goodfit" / "holdout.jsonl").read_text().split('"kind": "look"')) == 3


def test_looks_are_counted_by_name_where_there_are_no_ids(source: Make, folder: Path) -> None:
    """--holdout names the test set; another name or size is another one."""
    first = proven(source("--effect 0.2", holdout="mine"), seeds=1).verdict
    second = proven(source("--effect 0.1", holdout="mine"), seeds=1).verdict
    other = proven(source("--effect 0.1", holdout="yours"), seeds=1).verdict
    assert [each.holdout_reads for each in (first, second, other)] == [1, 2, 1]
    assert HoldoutLedger(folder / ".goodfit" / "holdout.jsonl").path.is_file()


@pytest.mark.parametrize(
    ("more", "error", "found", "runs"),
    [
        ("--fault no-scores", TrainingError, "wrote no test scores.*scores.json", 1),
        ("--fault broken-scores", FormatError, "no JSON", 1),
        ("--fault fewer", InputError, "of seed 1 .*400 test losses.*seed 2 .*399", 3),
        ("--fault same-seed", InputError, "seed 1 and seed 2 logged the same curves", 3),
        ("--fault fail-at-0.4", TrainingError, "exit code 1", 2),
        ("--fault nan-at-0.4", GoodfitError, "became nan", 2),
    ],
)
def test_what_cannot_be_proven_is_told_early(
    source: Make, starts: Starts, more: str, error: type[GoodfitError], found: str, runs: int
) -> None:
    """At the run that shows it, and not after all of them; no look is counted."""
    with pytest.raises(error, match=f"(?s){found}"):
        proven(source(more))
    assert len(starts()) == runs
    assert not Path(".goodfit/holdout.jsonl").exists()


def test_a_value_that_is_not_read_is_said(source: Make) -> None:
    """Arms with equal curves say so beside the verdict."""
    toy = source("--dose 0.2")
    assert any(
        "takes no notice" in limit or "take no notice" in limit
        for limit in proven(toy, seeds=1).verdict.limits
    )


def test_scores_of_another_seed_are_refused(folder: Path, source: Make) -> None:
    """A file left over from another run is none of this one."""
    del folder
    with pytest.raises(InputError, match="seed 1 wrote the scores of seed 7"):
        proven(source("--fault seed-7"), seeds=1)


def test_a_command_must_take_the_seed(folder: Path) -> None:
    """Pairs that differ by nothing prove nothing; nor do two equal arms, or one alone."""
    del folder
    deaf = CommandSource("python train.py --dose {dose} --out {out}")
    with pytest.raises(SettingsError, match="no place for the seed"):
        proven(deaf)
    toy = CommandSource("python train.py --dose {dose} --seed {seed}")
    with pytest.raises(SettingsError, match="both arms"):
        proven(toy, treatment=0)
    with pytest.raises(SettingsError, match="needs two arms"):
        prove(toy, toy.at(dose=0))


def test_the_verb_takes_two_values(source: Make, folder: Path) -> None:
    """--control and --treatment fill the only open place; --set fixes others; several are named."""
    options = CommandOptions(command=source("--effect {effect}").command, places=("effect=0.3",))
    elsewhere = Running(store=str(folder / "elsewhere"))
    verdict = prove_command(options, "0", "0.4", seeds=1, running=elsewhere)
    assert (folder / "elsewhere" / "outputs").is_dir()
    named = replace(options, places=())
    both = ("dose=0,effect=0.3", "dose=0.4,effect=0.3")
    again = prove_command(named, *both, seeds=1, running=elsewhere)
    assert again.effect == verdict.effect


def test_the_command_line_proves_a_command(
    source: Make, starts: Starts, capsys: pytest.CaptureFixture[str]
) -> None:
    """`goodfit prove --command` trains both arms and prints the verdict; files' options are refused beside it."""
    command = ["prove", "--command", source().command, "--control", "0", "--treatment", "0.4"]
    assert run([*command, "--seeds", "2", "--output-format", "json"]) == 0
    assert loads(Verdict, capsys.readouterr().out).seeds == (1, 2)
    assert len(starts()) == 4
    assert run([*command, "--margin", "0.1"]) == 2
    assert "--margin has no meaning beside" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "arms", "found"),
    [
        ({}, {"control": "0"}, "needs a value for either arm"),
        ({}, {"control": "0", "treatment": "1"}, r"has the places \{dose\}, \{effect\}"),
        ({"places": ("dose=1", "effect=1")}, {"control": "0", "treatment": "1"}, "has no place for it"),
        ({"places": ("dose",)}, {"control": "0", "treatment": "1"}, "'dose' is not NAME=VALUE"),
        ({"command": None}, {"control": "0", "treatment": "1"}, "no command was given"),
    ],
)
def test_arms_that_do_not_fit_the_command(
    folder: Path, options: dict[str, object], arms: dict[str, str], found: str
) -> None:
    """Each is an error that says what to write."""
    command = "python train.py --dose {dose} --effect {effect} --seed {seed}"
    given = CommandOptions(**{"command": command, **options})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=found):
        prove_command(
            given,
            arms.get("control"),
            arms.get("treatment"),
            seeds=1,
            running=Running(store=str(folder / "store")),
        )


def test_a_hostile_value_reaches_the_script_as_it_is(folder: Path) -> None:
    """Nothing of it is carried out, and it is one argument."""
    (folder / "echo.py").write_text(
        "import json, sys, random\n"
        "name, seed, out = sys.argv[1:]\n"
        "json.dump(name, open(out + '/name.txt', 'w'))\n"
        "rows = [f'{i},{1 / (i + 1) + random.Random(seed + name).random() / 9}' for i in range(6)]\n"
        "open(out + '/log.csv', 'w').write('epoch,val_loss\\n' + '\\n'.join(rows) + '\\n')\n"
        "json.dump([random.Random(seed + name + str(i)).random() for i in range(9)], open(out + '/scores.json', 'w'))\n"
    )
    import sys

    toy = CommandSource(f"'{sys.executable}' echo.py {{name}} {{seed}} {{out}}")
    hostile = "$(touch harm); touch harm `touch harm` > harm ' \" {out} ../../harm"
    prove(toy, toy.at(name=hostile), control=toy.at(name="plain"), seeds=1)
    names = [json.loads(path.read_text()) for path in (folder / ".goodfit" / "outputs").glob("*/*/name.txt")]
    assert sorted(names) == sorted([hostile, "plain"])
    assert not list(folder.rglob("harm"))
