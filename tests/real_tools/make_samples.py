# SPDX-License-Identifier: Apache-2.0
"""Make the small logs under tests/data/logs anew: `python make_samples.py PYTHON_WITH_THE_TOOLS [TOOL ...]`.

Each is what the tool wrote; only what no reader looks at was taken out, to keep the files small: the other
sixty tables of mlflow.db, its git and user tags, the debug logs of W&B, the machine's name in file names.
"""

import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "data" / "logs"
TOOLS = ("tensorboard", "mlflow-sqlite", "mlflow-files", "wandb", "trackio", "lightning", "ignite")
KEPT = {"mlflow.db": ("metrics", "runs", "params"), "digits.db": ("metrics", "configs", "sqlite_sequence")}
LEFT_OUT = ("debug*.log", "requirements.txt", "mlflow.*", "*.lock")


def main(python: str, *tools: str) -> None:
    """Write the samples of these tools, or of all, and what was logged beside them."""
    for tool in tools or TOOLS:
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "out"
            command = [python, str(HERE / "write.py"), tool, str(written)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            logged = next(line for line in done.stdout.splitlines() if line.startswith("logged: "))
            _thin(written)
            shutil.rmtree(SAMPLES / tool, ignore_errors=True)
            shutil.copytree(written, SAMPLES / tool, ignore=shutil.ignore_patterns("latest-run"))
            (SAMPLES / f"{tool}.logged.json").write_text(
                logged.removeprefix("logged: ") + "\n", encoding="utf-8"
            )


def _thin(folder: Path) -> None:
    for pattern in LEFT_OUT:
        for path in folder.rglob(pattern):
            if path.is_file() and path.name not in ("mlflow.db", "mlflow.runName"):
                path.unlink()
    for name, tables in KEPT.items():
        for path in folder.rglob(name):
            _thin_database(path, tables)
    for number, path in enumerate(sorted(folder.rglob("*tfevents*"))):
        path.rename(
            path.with_name(re.sub(r"(tfevents\.\d+)\.[^.]+\.\d+\.\d+", rf"\1.host.1.{number}", path.name))
        )
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _thin_database(path: Path, kept: tuple[str, ...]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.execute("PRAGMA journal_mode = DELETE")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if name not in kept:
            connection.execute(f"DROP TABLE {name}")
    if "runs" in kept:
        connection.execute("UPDATE runs SET artifact_uri = '', user_id = ''")
    connection.execute("PRAGMA page_size = 1024")
    connection.execute("VACUUM")
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
