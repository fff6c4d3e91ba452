# SPDX-License-Identifier: Apache-2.0
"""Reading every metric of an mlflow.db: goodfit by SQLite against MlflowClient.

python bench/readers/mlflow_speed.py     writes bench/results/mlflow_speed.md
"""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from timing import OURS, in_turn, ratio, rows, save, tools_python, written_by

RUNS = 3
GOAL = 50
WRITE = """
import sys, mlflow
from mlflow.entities import Metric
mlflow.set_tracking_uri(f"sqlite:///{sys.argv[1]}")
client = mlflow.MlflowClient()
experiment = client.create_experiment("digits")
for number in range(3):
    run = client.create_run(experiment, run_name=f"run{number}").info.run_id
    for key in ("train_loss", "val_loss", "train_acc", "val_acc"):
        values = (1 / (step + 1 + number) for step in range(40))
        client.log_batch(run, [Metric(key, value, 1000 + step, step) for step, value in enumerate(values)])
"""
GOODFIT = (
    "from goodfit.readers import read_runs\n",
    "points = sum(len(curve) for run in read_runs(sys.argv[1]) for curve in run.curves.values())",
)
CLIENT = (
    "import mlflow\n",
    (
        "mlflow.set_tracking_uri(f'sqlite:///{sys.argv[1]}'); client = mlflow.MlflowClient(); points = 0\n"
        "for experiment in client.search_experiments():\n"
        "    for run in client.search_runs([experiment.experiment_id]):\n"
        "        for key in run.data.metrics:\n"
        "            points += len(client.get_metric_history(run.info.run_id, key))\n"
    ),
)


def main() -> None:
    """Time both in turn and write the table."""
    with TemporaryDirectory() as folder:
        file = str(Path(folder) / "mlflow.db")
        subprocess.run([tools_python(), "-c", WRITE, file], check=True, capture_output=True)
        commands = {
            "goodfit, to curves": (OURS, *GOODFIT),
            "MlflowClient, to lists": (tools_python(), *CLIENT),
        }
        times = in_turn(commands, file, RUNS)
    ours, peer = commands
    if times[ours][0]["points"] != times[peer][0]["points"]:
        raise SystemExit(f"they read different numbers of points: {times}")
    found = ratio(times, peer, ours)
    what = f"3 runs of 4 metrics and 40 epochs, written by MLflow; CPU seconds, {RUNS} runs in turn. Goal: {GOAL} times."
    head = [
        "# Reading MLflow",
        "",
        *written_by("mlflow_speed.py", what, ("mlflow-skinny", "mlflow", "sqlalchemy")),
    ]
    verdict = "within" if found >= GOAL else "outside"
    end = f"MlflowClient takes {found:.0f} times as long (median of the pairs, imports left out): {verdict} the goal."
    save("mlflow_speed.md", [*head, *rows(times), "", end])


if __name__ == "__main__":
    main()
