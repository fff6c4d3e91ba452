# SPDX-License-Identifier: Apache-2.0
"""The three examples run from their first line to their last, small and without any data of the user's."""

import runpy
import sys
from pathlib import Path

import pytest

from given_data import write_given

EXAMPLES = Path(__file__).parents[2] / "examples"
STEPS = ("your training: loss", "diagnose:  ", "prescribe: ", "treat:  ", "tune:  ", "prove:  ", "compare:  ")


def _run(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # their runs are kept in .goodfit where they are started
    monkeypatch.setattr(sys, "argv", [name, "--quick"])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")


@pytest.mark.parametrize(
    ("name", "made_up"),
    [("image", False), ("text", True), ("recommender", True)],
)
def test_an_example_goes_through_every_step(
    name: str,
    made_up: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each step prints its line, in order; made-up data are called so; and the untreated training is in the table."""
    monkeypatch.delenv("GOODFIT_DATA", raising=False)
    _run(name, tmp_path, monkeypatch)
    out = capsys.readouterr().out
    places = [out.find(step) for step in STEPS]
    assert -1 not in places
    assert places == sorted(places)
    assert ("made up" in out) is made_up
    assert all(one in out for one in ("raise-dropout", "early-stopping", "untreated"))
    assert (tmp_path / ".goodfit" / "runs").is_dir()


@pytest.mark.parametrize("name", ["text", "recommender"])
def test_given_data_are_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files below GOODFIT_DATA are used in place of made-up ones."""
    monkeypatch.setenv("GOODFIT_DATA", str(write_given(tmp_path)))
    monkeypatch.setattr(sys, "argv", [name, "--quick"])
    x, y = runpy.run_path(str(EXAMPLES / f"{name}.py"))["data"]()
    assert len(x) == len(y)
    assert len(x) == (600 if name == "text" else len(_ratings(tmp_path)))


def _ratings(folder: Path) -> list[str]:
    import zipfile

    with zipfile.ZipFile(folder / "ml_latest_small" / "ml-latest-small.zip") as archive:
        return archive.read("ml-latest-small/ratings.csv").decode().splitlines()[1:]
