# SPDX-License-Identifier: Apache-2.0
"""`goodfit prove`: files without torch, a task with it, and the list of looks."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from goodfit._cli import run
from goodfit._cli.looks import LEDGER
from goodfit.execution.ledger import LEDGER as OF_THE_STORE
from goodfit.proof import HoldoutLedger
from goodfit.values import Decision, TestSetLooks, Verdict, from_json, loads


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight seeds of two recipes, the second better, as JSON and as one seed of each."""
    monkeypatch.chdir(tmp_path)
    draws = np.random.default_rng(0)
    control = draws.gamma(2, 0.2, (1, 300)) + draws.normal(0, 0.02, (8, 300))
    treatment = control - 0.03 + draws.normal(0, 0.02, (8, 300))
    for name, table in (("a", control), ("b", treatment)):
        rows = [{"seed": seed, "losses": row.tolist()} for seed, row in enumerate(table)]
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
        (tmp_path / f"{name}1.json").write_text(json.dumps(table[0].tolist()))
    return tmp_path


def _verdict(out: str) -> Verdict:
    return loads(Verdict, out)


def test_two_files_are_judged_without_torch(files: Path) -> None:
    """The whole command, in a program of its own, loads neither torch nor pandas."""
    code = (
        "import sys; from goodfit._cli import run; code = run(['prove', 'a.json', 'b.json']); "
        "assert not {'torch', 'pandas'} & set(sys.modules), 'loaded'; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=files, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Improved: the loss on untouched test data is" in done.stdout
    assert "goodfit did not see the test set" in " ".join(done.stdout.split())


def test_every_format(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is a Verdict, JSON Lines the same on one line, Markdown a document, and a file is written whole."""
    assert run(["prove", "a.json", "b.json", "--output-format", "json"]) == 0
    verdict = _verdict(capsys.readouterr().out)
    assert verdict.decision is Decision.IMPROVED
    assert run(["prove", "a.json", "b.json", "--output-format", "jsonl"]) == 0
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert _verdict(line) == verdict
    assert run(["prove", "a.json", "b.json", "--output-format", "markdown", "--output-file", "v.md"]) == 0
    assert (files / "v.md").read_text().startswith("<!-- goodfit -->")


def test_options_of_the_files(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other, with a margin, in groups, and with scores of which more is better."""
    (files / "groups.txt").write_text("\n".join(str(i % 250) for i in range(300)))
    common = ["prove", "a.json", "b.json", "--output-format", "json"]
    assert run([*common, "--sequential", "--groups", "groups.txt", "--margin", "0.5"]) == 0
    verdict = _verdict(capsys.readouterr().out)
    assert verdict.sequential is not None
    assert (verdict.sequential.used, verdict.test_groups, verdict.margin) == (7, 250, 0.5)
    assert run([*common, "--metric", "accuracy", "--goal", "maximize"]) == 0
    assert _verdict(capsys.readouterr().out).decision is Decision.WORSE


@pytest.mark.usefixtures("files")
def test_one_seed_says_what_it_cannot_claim(capsys: pytest.CaptureFixture[str]) -> None:
    """Two checkpoints are compared, not two recipes."""
    assert run(["prove", "a1.json", "b1.json"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "these two checkpoints only" in out
    assert "other seeds may turn out the other way" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing was named"),
        (["a.json"], "nothing to be compared with"),
        (["a.json", "none.json"], "no such file"),
        (["a.json", "a1.json"], "is in one of the files only"),
        (["a.json", "b.json", "--dose", "0.5"], "--dose has no meaning without --remedy"),
        (["a.json", "b.json", "--remedy", "l1"], "a second file has no meaning beside --remedy"),
        (["a.json", "b.json", "--margin", "-1"], "the equivalence margin is -1"),
        (["a.json", "b.json", "--output-file", "a.json"], "a.json"),
    ],
)
def test_errors_are_clear(
    words: list[str], message: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message on stderr, exit code 2, and nothing is overwritten."""
    before = (files / "a.json").read_text()
    assert run(["prove", *words]) == 2
    assert message in capsys.readouterr().err
    assert (files / "a.json").read_text() == before


def test_a_remedy_is_proven_on_a_task(toy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pairs are trained, the look is written down, and `--looks` tells of it."""
    store = tmp_path / "store"
    words = ["prove", f"{toy}:task", "--remedy", "weight-decay", "--dose", "0.3", "--seeds", "2"]
    assert run([*words, "--workers", "1", "--store", str(store), "--output-format", "json"]) == 0
    verdict = _verdict(capsys.readouterr().out)
    assert verdict.seeds == (1, 2)
    assert run(["prove", "--looks", "--store", str(store), "--output-format", "json"]) == 0
    (found,) = (from_json(TestSetLooks, each) for each in json.loads(capsys.readouterr().out))
    assert [look.purpose for look in found.looks] == ["toy: paired comparison of 2 seeds"]
    assert run(["prove", f"{toy}:task", "--remedy", "early-stopping", "--store", str(store)]) == 2
    assert "the control of every comparison stops early too" in capsys.readouterr().err


def test_looks_say_when_a_test_set_is_worn_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Looks of all commands at one test set are counted together; at fourteen it is worn out."""
    assert LEDGER == OF_THE_STORE
    assert run(["prove", "--looks", "--store", str(tmp_path)]) == 0
    assert "no look at a test set was written down" in capsys.readouterr().out
    ledger = HoldoutLedger(str(tmp_path / LEDGER))
    for mark, looks in (("old", 14), ("new", 1)):
        ledger.declare(mark, None, "loss")
        for number in range(looks):
            ledger.record(mark, f"comparison {number}")
    assert run(["prove", "--looks", "--store", str(tmp_path)]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert "test set old, 14 looks" in first
    assert "worn out" in first
    assert "51 %" in first
    assert "test set new, 1 look:" in second
    assert "worn out" not in second
    assert run(["prove", "--looks", "--store", str(tmp_path), "--output-format", "markdown"]) == 0
    assert "comparison 13" in capsys.readouterr().out
