# SPDX-License-Identifier: Apache-2.0
"""The path of a stranger who trains with Lightning: the README's own commands, from an empty environment to a finding.

    python bench/packaging/stranger.py             with the newest versions of everything, as pip takes them (several GB)
    python bench/packaging/stranger.py --pinned    with those of constraints.txt
    python bench/packaging/stranger.py --in FOLDER an environment that stands there, has Lightning and lacks goodfit

writes bench/results/stranger.md. The commands and the two lines are taken out of the README's section, so that what is
tried is what stands there. Only `train.py` is the stranger's: sklearn's digits, a network without dropout, CSVLogger.
"""

import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from fresh import ROOT, empty_environment, install, installed, own_constraints

TRAIN = """\
import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.loggers import CSVLogger
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

class Net(LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))

    def training_step(self, batch):
        loss = cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch):
        self.log("val_loss", cross_entropy(self.net(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)

if __name__ == "__main__":
    x, y = map(torch.tensor, load_digits(return_X_y=True))
    data = TensorDataset(x.float() / 16, y)
    train, val = torch.utils.data.Subset(data, range(300)), torch.utils.data.Subset(data, range(300, len(data)))
    trainer = Trainer(max_epochs=60, logger=CSVLogger("logs"))
    trainer.fit(Net(), DataLoader(train, batch_size=32, shuffle=True), DataLoader(val, batch_size=512))
"""
# What a command must print, by its beginning, and the exit code that the README promises.
PROMISED = {
    "pip install": ("", 0),
    "python train.py": ("max_epochs=60", 0),
    "goodfit diagnose": ("overfitting", 1),
    "goodfit prescribe": ("1 Raise dropout", 0),
    "goodfit report": ("page: page.html", 0),
    "goodfit treat": ("+ nn.Dropout(", 0),
    "GOODFIT_CALLBACK=1": ("GF101 overfitting (", 0),
}
CORE = ("cyclopts", "jinja2", "markdown-it-py", "numpy", "rich", "scipy")
OWN = "the stranger's own: an empty environment, `pip install lightning scikit-learn`"
RESULT = ROOT / "bench" / "results" / "stranger.md"
HEAD = """# From the README to a finding on a Lightning run

Written by `python bench/packaging/stranger.py` on {date}; Python {python}, {machine}, {cores} cores. An environment
that holds {versions}; then the commands of the README's section on Lightning, one after the other, with a `train.py` of {lines} lines
({threads}). {load:.1f} processes wanted a core at the end (load average): on a machine that does other things the
processor seconds tell more than the seconds.

| step | seconds | processor seconds | exit code | printed, as the README promises |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A command that was tried, and what came of it."""

    command: str
    seconds: float
    busy: float  # processor seconds
    code: int
    printed: str  # the line that was promised; empty: none was
    kept: bool  # what was promised came


def section() -> str:
    """The README's words on Lightning."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition("## You train with Lightning\n")[2].partition("\n## ")[0]


def commands() -> list[str]:
    """The section's commands, without their comments, in the order that they stand there."""
    blocks = re.findall(
        r"```\n(.*?)```", re.sub(r"```python\n.*?```", "", section(), flags=re.DOTALL), re.DOTALL
    )
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def with_two_lines(program: str) -> str:
    """The program with what the section's Python block shows: an import, and a callback for the Trainer."""
    (block,) = re.findall(r"```python\n(.*?)```", section(), flags=re.DOTALL)
    first, second = (line for line in block.splitlines() if line)
    call = re.fullmatch(r"trainer = Trainer\((callbacks=.*)\)", second)
    if call is None:
        raise ValueError(f"the README's second line is no call of Trainer: {second}")
    return program.replace("import torch\n", f"import torch\n{first}\n", 1).replace(
        "Trainer(max_epochs", f"Trainer({call[1]}, max_epochs", 1
    )


def walked(folder: Path, python: Path) -> Iterator[Step]:
    """Carry every command out, as a shell with this environment would, and then the two lines."""
    script = folder / "train.py"
    script.write_text(TRAIN, encoding="utf-8")
    for command in commands():
        yield tried(command, folder, python)
    script.write_text(with_two_lines(TRAIN), encoding="utf-8")
    done = tried("python train.py", folder, python, promised=PROMISED["GOODFIT_CALLBACK=1"])
    yield replace(done, command="the two lines, and `python train.py`")


def tried(command: str, folder: Path, python: Path, promised: tuple[str, int] | None = None) -> Step:
    """One command, in the clone where it installs, else beside the script."""
    words, code = promised or next(kept for begin, kept in PROMISED.items() if command.startswith(begin))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GOODFIT"))}
    kept |= {"PATH": f"{python.parent}{os.pathsep}{kept['PATH']}", "COLUMNS": "120"}
    began = clocks()
    done = subprocess.run(
        [shutil.which("bash") or "sh", "-c", command],
        cwd=ROOT if command.startswith("pip ") else folder,
        env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds, busy = since(began)
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
    printed = next((line for line in lines if words and words in line), "")
    kept_word = done.returncode == code and bool(printed or not words)
    return Step(command, seconds, busy, done.returncode, printed, kept_word)


def clocks() -> tuple[float, float]:
    """The time, and the processor time of every process that was waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic(), used.ru_utime + used.ru_stime


def since(began: tuple[float, float]) -> tuple[float, float]:
    """Seconds and processor seconds."""
    now = clocks()
    return now[0] - began[0], now[1] - began[1]


def page(steps: Sequence[Step], own: Step, versions: dict[str, str]) -> str:
    """The table, and what it adds up to."""
    named = ("lightning", "torch", "scikit-learn")
    text = HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count(),
        versions=", ".join(f"{name} {versions[name]}" for name in named),
        lines=len(TRAIN.splitlines()),
        threads=f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}",
        load=os.getloadavg()[0],
    )
    for step in (own, *steps):
        shown = step.command if "`" in step.command or step is own else f"`{step.command}`"
        printed = step.printed if len(step.printed) < 100 else step.printed[:97] + "..."
        told = ("" if step.kept else "**not kept** ") + printed.replace("|", " ")
        text += f"| {shown} | {step.seconds:.1f} | {step.busy:.1f} | {step.code} | {told} |\n"
    found = next(n for n, step in enumerate(steps) if step.command.startswith("goodfit diagnose"))
    sums = {
        "From the README to the first finding, pip for goodfit and the training included": steps[: found + 1],
        "All steps, without the stranger's own environment": steps,
        "Of that pip": [step for step in steps if step.command.startswith("pip ")],
    }
    for what, some in sums.items():
        text += f"\n{what}: {sum(e.seconds for e in some):.0f} s, {sum(e.busy for e in some):.0f} processor seconds.\n"
    return text


def strangers_own(folder: Path, words: Sequence[str]) -> tuple[Path, Step]:
    """The environment that a stranger trains in, and what making it took.

    Raises:
        RuntimeError: the one that was given has goodfit already.
    """
    began = clocks()
    if "--in" not in words:
        python = empty_environment(folder)
        pinned = own_constraints() if "--pinned" in words else ()
        install(python, "lightning", "scikit-learn", constraints=pinned)
        return python, Step(OWN, *since(began), 0, "", kept=True)
    python = Path(words[words.index("--in") + 1]) / "bin" / "python"
    there = installed(python)
    if "goodfit" in there:
        raise RuntimeError(f"{python} has goodfit already: the path begins without it")
    ours = [name for name in CORE if name in there]
    told = f"made before and not timed; of what goodfit needs it has {', '.join(ours)} already"
    return python, Step(f"the stranger's own environment, {told}", 0.0, 0.0, 0, "", kept=True)


def main(words: Sequence[str]) -> int:
    """Make the environment, walk the path, and write the table; 1 where the README's promise was not kept."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        python, own = strangers_own(folder / "environment", words)
        steps = list(walked(folder, python))
        text = page(steps, own, installed(python))
    RESULT.write_text(text, encoding="utf-8")
    print(text)
    return int(not all(step.kept for step in steps))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
