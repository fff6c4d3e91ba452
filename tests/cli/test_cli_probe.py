# SPDX-License-Identifier: Apache-2.0
"""`probe` and the probes' pages from the command line, in a folder of their own."""

import json
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit._probe_pages import probe_names
from goodfit.probes import PROBES, Lab
from goodfit.probes.initial_loss import InitialLoss
from goodfit.values import Outcome, ProbeResult, from_json

CHEAP = ("repeated-evaluation", "initial-loss", "paired-noise", "duplicates")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_probe_tells_cost_progress_and_findings(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 for the rise of an overfitting run, 0 where only errors count; it is trained once."""
    command = ["probe", f"{toy}:task", "--only", ",".join(CHEAP)]
    assert run(command) == 1
    captured = capsys.readouterr()
    assert "training toy as planned" in captured.err
    assert "two passes over at most 10,000 validation examples" in captured.err
    assert captured.out.startswith("● toy: 4 probes, 1 finding\n")
    assert "The rise is real" in captured.out
    assert all(name in captured.out for name in CHEAP)
    (kept,) = Path(".goodfit/runs").glob("*/run.json")
    written = kept.stat().st_mtime_ns
    assert run([*command, "--fail-on", "error"]) == 0
    assert kept.stat().st_mtime_ns == written
    assert capsys.readouterr().out.splitlines()[0] == captured.out.splitlines()[0]


def test_json_holds_every_probe(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Strict JSON on stdout: one value a probe, each readable as a ProbeResult."""
    assert (
        run(
            [
                "probe",
                f"{toy}:task",
                "--only",
                ",".join(CHEAP),
                "--output-format",
                "json",
                "--fail-on",
                "never",
            ]
        )
        == 0
    )
    found = [from_json(ProbeResult, each) for each in json.loads(capsys.readouterr().out)]
    assert {each.probe for each in found} == set(CHEAP)
    assert all(each.seconds >= 0 and each.cost for each in found)


def test_a_wrong_name_lists_the_choices(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is trained, and every probe is named."""
    assert run(["probe", f"{toy}:task", "--only", "phrenology"]) == 2
    err = capsys.readouterr().err
    assert "'phrenology'" in err
    assert all(each.name in err for each in PROBES)
    assert not Path(".goodfit/runs").exists()


@pytest.mark.parametrize(
    ("name", "found"), [("raises", "full of bees"), ("bad_model", "raised RuntimeError")]
)
def test_a_broken_task_is_one_clear_error(
    toy: str, name: str, found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was found and what to do, exit code 2, no traceback."""
    assert run(["probe", f"{toy}:{name}"]) == 2
    err = capsys.readouterr().err
    assert found in err
    assert "Traceback" not in err


def test_one_failing_probe_does_not_stop_the_others(
    toy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its line says that it failed and why; the other probes have theirs."""

    def fails(_probe: InitialLoss, _lab: Lab) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(InitialLoss, "look", fails)
    assert run(["probe", f"{toy}:task", "--only", "initial-loss,duplicates"]) == 0
    out = capsys.readouterr().out
    assert "RuntimeError: on purpose" in out
    assert "1 could not look" in out
    assert "The splits share hardly any example" in out


def test_a_run_that_diverges_is_told_and_trained_once(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Probes that need the run say why they cannot look; those of the data go on."""
    only = ["--only", "repeated-evaluation,paired-noise", "--only", "duplicates"]
    assert run(["probe", f"{toy}:diverges", *only, "--output-format", "json"]) == 0
    outcomes = {each["probe"]: each["outcome"] for each in json.loads(capsys.readouterr().out)}
    assert outcomes.pop("duplicates") == Outcome.ABSENT
    assert set(outcomes.values()) == {Outcome.NOT_APPLICABLE}


def test_ctrl_c_ends_with_130(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the middle of a probe: no traceback, and the finished run is kept."""

    def interrupted(_probe: InitialLoss, _lab: Lab) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(InitialLoss, "look", interrupted)
    assert run(["probe", f"{toy}:task", "--only", "repeated-evaluation, initial-loss"]) == 130
    assert list(Path(".goodfit/runs").glob("*/run.json"))


def test_explain_finds_probes(capsys: pytest.CaptureFixture[str]) -> None:
    """By name, however it is spelled; they are listed, and offered where nothing matched."""
    assert set(probe_names()) == {each.name for each in PROBES}
    assert run(["explain", "Paired Noise"]) == 0
    assert "Is the validation loss really higher" in capsys.readouterr().out
    assert run(["explain"]) == 0
    assert "repeated-evaluation" in capsys.readouterr().out
    assert run(["explain", "repeated-evaluatoin"]) == 2
    assert "repeated-evaluation" in capsys.readouterr().err
