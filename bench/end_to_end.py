# SPDX-License-Identifier: Apache-2.0
"""`goodfit fix` on five real tasks: what it finds, what the dose costs, and what the locked test set says.

The two MNIST tasks are the ones it was built with; the others were set aside. Epochs are counted, not seconds, so the
table does not depend on how busy the machine is.

    python bench/end_to_end.py     writes bench/results/end_to_end.md
"""

import platform
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

import goodfit
from goodfit.errors import TaskError
from goodfit.tasks import BUILT_IN
from goodfit.values import Report

HERE = Path(__file__).parent
TASKS = {
    "mnist": BUILT_IN["mnist"],
    "mnist-cnn": BUILT_IN["mnist-cnn"],
    "fashion": f"{HERE / '_bench_tasks.py'}:fashion",
    "sentences": f"{HERE / '_bench_tasks.py'}:sentences",
    "digits (near-null)": f"{HERE / '_bench_tasks.py'}:digits",
}
HEAD = """# From a training to a verdict, on five tasks

Written by `python bench/end_to_end.py` on {date}; Python {python}, torch {torch}, 2 cores, 24 GiB. Five paired seeds;
loss gained is the mean over seeds on the locked test set, with its 95 % interval, as a share of the control's loss.
Cost of the dose: epochs trained by the search, as a share of one run as planned, and in untreated runs under plain
early stopping. "validation claimed" is the gain on the data the dose was chosen with: it is optimistic, and never
the verdict.

| task | finding | carried out | dose | cost: epochs | of the plan | early-stopped runs | validation claimed | loss gained on test | wins | verdict |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def row(name: str, report: Report) -> str:
    """One task as a line of the table."""
    finding = goodfit.headline(report.diagnoses)
    since = f" since epoch {finding.onset.epoch:g}" if finding and finding.onset else ""
    found = f"{finding.name}{since}" if finding else f"healthy: {goodfit.healthy(report.diagnoses)}"
    study, verdict = report.study, report.verdict
    if study is None or verdict is None:
        return f"| {name} | {found} | {report.prescriptions[0].remedy} | - | - | - | - | - | - | - | nothing to prove |"
    control = next(mean.control for mean in verdict.means if mean.metric == "loss")
    effect, cost = verdict.effect, study.cost
    share = [100 * value / control for value in (effect.value, effect.low, effect.high)]
    cells = (
        name,
        found,
        study.knob,
        f"{study.chosen.value:g}",
        f"{cost.epochs}",
        f"{cost.share_of_plan:.0%}",
        f"{cost.early_stopped_runs:.1f}",
        f"{100 * study.beats_control.value / study.control.run.score:+.1f} %",
        f"{share[0]:+.1f} % [{share[1]:+.1f}, {share[2]:+.1f}]",
        f"{verdict.wins} of {len(verdict.seeds)}",
        verdict.decision.value,
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Run all tasks and write the table."""
    lines = []
    for name, reference in TASKS.items():
        with TemporaryDirectory() as store:
            try:
                lines.append(row(name, goodfit.fix(reference, store=store, workers=2)))
            except TaskError as error:
                lines.append(f"| {name} | not run: {error.found} |" + " - |" * 9)
        print(lines[-1], flush=True)
    head = HEAD.format(
        date=f"{datetime.now(tz=UTC):%Y-%m-%d}", python=platform.python_version(), torch=torch.__version__
    )
    (HERE / "results" / "end_to_end.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
