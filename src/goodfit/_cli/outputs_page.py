# SPDX-License-Identifier: Apache-2.0
"""docs/outputs.md: every format with an example that the program wrote itself, and how a pipeline uses it."""

import json
import os
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from goodfit.report.schemas import SCHEMAS, WRITTEN
from goodfit.report.words import listed

TEXT = Path(__file__).with_name("outputs_page.md")
_LOGS = {"runs/bad.csv": 0.02, "runs/good.csv": 0.0}  # how much validation rises an epoch after epoch 15
_DIGITS = 4  # of numbers in the examples, so that the page is the same on every machine
_LEFT_AWAY = ("provenance", "context")
_COMMANDS = {
    "TEXT": "diagnose runs/bad.csv --select overfitting,stalled",
    "FOLDER": "diagnose runs",
    "JSON": "diagnose runs/bad.csv --select overfitting --output-format json",
    "JSONL": "diagnose runs --select overfitting --output-format jsonl",
    "MARKDOWN": "diagnose runs --output-format markdown",
    "GITHUB": "diagnose runs --output-format github",
    "SARIF": "diagnose runs --select overfitting --output-format sarif",
    "JUNIT": "diagnose runs --select overfitting,overconfident --output-format junit",
    "SETTINGS": "diagnose runs --fail-on error --show-settings",
}


def outputs_page() -> str:
    """The page: its text with every example filled in."""
    text = TEXT.read_text(encoding="utf-8")
    for name, output in _examples().items():
        command = _COMMANDS[name]
        text = text.replace(f"@COMMAND_{name}@", f"goodfit {command}").replace(f"@{name}@", output.rstrip())
    return text.replace("@SCHEMAS@", "\n".join(_schemas()))


def _examples() -> dict[str, str]:
    with TemporaryDirectory() as folder, chdir(folder), _settled_environment():
        for name, rise in _LOGS.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(_log(rise), encoding="utf-8")
        Path("runs/config.json").write_text('{"layers": 3}\n', encoding="utf-8")
        return {name: _shortened(name, _written(command)) for name, command in _COMMANDS.items()}


class _settled_environment:  # noqa: N801 - used as a function
    """No setting of whoever makes the page shows on it."""

    def __enter__(self) -> None:
        self.kept = dict(os.environ)
        for name in [each for each in os.environ if each.startswith("GOODFIT_") or each == "COLUMNS"]:
            del os.environ[name]

    def __exit__(self, *_: object) -> None:
        os.environ.clear()
        os.environ.update(self.kept)


def _written(command: str) -> str:
    from goodfit._cli import run

    out = StringIO()
    with redirect_stdout(out):
        run(command.split())
    return out.getvalue()


def _log(rise: float) -> str:
    rows = [
        f"{i},{2 * 0.8**i + 0.1:.5f},{2 * 0.8**i + 0.12 + rise * max(i - 15, 0) + 0.001 * (i % 3):.5f}"
        for i in range(40)
    ]
    return "epoch,train_loss,val_loss\n" + "\n".join(rows) + "\n"


def _shortened(name: str, output: str) -> str:
    """What a reader needs of JSON; the page says that it is shortened."""
    if name == "JSON":
        return json.dumps(_brief(json.loads(output)), indent=2, ensure_ascii=False)
    if name == "JSONL":
        return "\n".join(
            json.dumps(_brief(json.loads(line)), ensure_ascii=False) for line in output.splitlines()
        )
    if name == "SARIF":
        log = json.loads(output)
        log["runs"][0]["tool"]["driver"]["version"] = "…"
        for rule in log["runs"][0]["tool"]["driver"]["rules"]:
            rule["help"] = {key: f"{text[:70]}…" for key, text in rule["help"].items()}
        return json.dumps(log, indent=2, ensure_ascii=False)
    return output


def _brief(value: Any) -> Any:
    """Numbers with four digits, lists with their first item, and no provenance of a particular machine."""
    if isinstance(value, dict):
        return {key: "…" if key in _LEFT_AWAY else _brief(each) for key, each in value.items()}
    if isinstance(value, list):
        return [*map(_brief, value[:1]), *(["…"] if value[1:] else [])]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _schemas() -> Iterator[str]:
    yield "| schema | what it describes |\n|---|---|"
    for name in SCHEMAS:
        where = [f"`{verb}` as {form}" for (verb, form), each in WRITTEN.items() if each == name]
        yield f"| [{name}.json](schema/{name}.json) | {listed(where)} |"
