# SPDX-License-Identifier: Apache-2.0
"""Settings from pyproject.toml and the environment: what wins, where each comes from, and what is refused."""

from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit._cli.app import app
from goodfit._cli.settings import known_options

LOG = "epoch,train_loss,val_loss\n" + "\n".join(
    f"{i},{1 / (i + 1):.4f},{1 / (i + 1) + 0.02 * i:.4f}" for i in range(30)
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with a folder in it, where the command is given."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    Path("log.csv").write_text(LOG, encoding="utf-8")


def project(text: str) -> Path:
    """The project's pyproject.toml, one folder up."""
    path = Path.cwd().parent / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def shown(capsys: pytest.CaptureFixture[str], *tokens: str) -> dict[str, tuple[str, str]]:
    """What --show-settings says: of each option its value and source."""
    assert run([*tokens, "--show-settings"]) == 0
    rows = [line.split("  ", 1) for line in capsys.readouterr().out.splitlines()]
    split = [(name.strip(), rest.strip().partition("  ")) for name, rest in rows]
    return {name: (value, where.strip()) for name, (value, _, where) in split}


def test_what_is_nearer_wins(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Command line, environment of the command, environment, the command's table, the table, default: in this order."""
    path = project('[tool.goodfit]\nfail-on = "error"\nworkers = 2\n')
    assert shown(capsys, "diagnose")["fail-on"] == ("error", f"{path}: fail-on in [tool.goodfit]")
    project('[tool.goodfit]\nfail-on = "error"\n[tool.goodfit.diagnose]\nfail_on = "never"\n')
    assert shown(capsys, "diagnose")["fail-on"] == ("never", f"{path}: fail-on in [tool.goodfit.diagnose]")
    assert shown(capsys, "probe")["fail-on"][0] == "error"
    monkeypatch.setenv("GOODFIT_FAIL_ON", "note")
    assert shown(capsys, "diagnose")["fail-on"] == ("note", "environment: GOODFIT_FAIL_ON")
    monkeypatch.setenv("GOODFIT_DIAGNOSE_FAIL_ON", "warning")
    assert shown(capsys, "diagnose")["fail-on"] == ("warning", "environment: GOODFIT_DIAGNOSE_FAIL_ON")
    assert shown(capsys, "diagnose", "--fail-on", "error")["fail-on"] == ("error", "command line")
    assert shown(capsys, "diagnose")["workers"] == ("1", "default")


def test_settings_are_obeyed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Texts, lists, truth values and numbers do what the option does."""
    project('[tool.goodfit.diagnose]\nselect = ["GF1", "stalled"]\nignore = "GF102"\nexit-zero = true\n')
    assert run(["diagnose", "log.csv"]) == 0
    out = capsys.readouterr().out
    assert "overfitting" in out
    assert "left out: GF102, GF201" in out
    monkeypatch.setenv("GOODFIT_OUTPUT_FORMAT", "github")
    monkeypatch.setenv("GOODFIT_SELECT", "GF101,GF203")
    monkeypatch.setenv("GOODFIT_EXIT_ZERO", "false")
    assert run(["diagnose", "log.csv"]) == 1
    assert capsys.readouterr().out.startswith("::")


def test_the_nearest_table_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """A pyproject.toml without the table is passed over, even a broken one that does not speak of goodfit."""
    project('[tool.goodfit]\nfail-on = "error"\n')
    Path("pyproject.toml").write_text("[tool.other\n", encoding="utf-8")
    assert shown(capsys, "diagnose")["fail-on"][0] == "error"
    Path("pyproject.toml").write_text('[tool.goodfit]\nfail-on = "note"\n', encoding="utf-8")
    assert shown(capsys, "diagnose")["fail-on"][0] == "note"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[tool.goodfit]\nfial-on = "error"', ("'fial-on'", "did you mean fail-on")),
        ("[tool.goodfit]\nunheard = 1", ("'unheard'", "known are")),
        ('[tool.goodfit.explain]\nselect = "GF1"', ("[tool.goodfit.explain]", "'select'")),
        ('[tool.goodfit]\nfile = "log.csv"', ("'file'",)),
        ("[tool.goodfit]\nfail-on = {a = 1}", ("fail-on in [tool.goodfit]", "a table")),
        ("[tool.goodfit]\ndiagnose = 1", ("diagnose in [tool.goodfit]", "no table")),
        ('[tool.goodfit]\nfail-on = "sometimes"', ("sometimes", "fail-on in [tool.goodfit]")),
        ("[tool.goodfit]\nselect = [[1]]", ("select in [tool.goodfit]", "list")),
        ("[tool.goodfit]\nverbose = 3", ("verbose in [tool.goodfit]",)),
        ("[tool]\ngoodfit = 3", ("tool.goodfit is no table",)),
        ("[tool.goodfit\n", ("no TOML",)),
    ],
)
def test_wrong_settings_are_named(
    text: str, found: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """The key, its file and what to do, exit code 2; nothing is diagnosed."""
    path = project(text)
    assert run(["diagnose", "log.csv"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert all(each in captured.err for each in found), captured.err
    assert str(path) in captured.err
    assert "Traceback" not in captured.err


def test_a_wrong_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A value that the option does not take names the variable; a variable of nobody is left alone."""
    monkeypatch.setenv("GOODFIT_SOMETHING_ELSE", "1")
    assert run(["diagnose", "log.csv", "--exit-zero"]) == 0
    monkeypatch.setenv("GOODFIT_WORKERS", "many")
    for more in ([], ["--show-settings"]):
        assert run(["diagnose", "log.csv", *more]) == 2
        assert "GOODFIT_WORKERS" in capsys.readouterr().err


def test_every_option_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    """All options of all commands are shown with a source; what a command works on is none of them."""
    known = known_options(app)
    assert known.pop("init") == ()
    for command, options in known.items():
        assert set(shown(capsys, command)) == set(options), command
        assert "file" not in options
    assert {"store", "seeds", "only"} <= {each for options in known.values() for each in options}
    assert run(["init", "--show-settings"]) == 0
    assert "no settings" in capsys.readouterr().out
    assert not Path("goodfit_task.py").exists()
