# SPDX-License-Identifier: Apache-2.0
"""Reading 200,000 scalars of one event file: goodfit against TensorBoard's EventAccumulator.

python bench/readers/event_speed.py     writes bench/results/event_speed.md
"""

import subprocess
from tempfile import TemporaryDirectory

from timing import OURS, in_turn, ratio, rows, save, tools_python, written_by

RUNS = 3
GOAL = 6
WRITE = """
import random, sys
from torch.utils.tensorboard import SummaryWriter
random.seed(0)
with SummaryWriter(sys.argv[1], max_queue=1000) as writer:
    for step in range(20_000):
        for metric in ("loss", "accuracy", "f1", "auc", "perplexity"):
            for split in ("train", "val"):
                writer.add_scalar(f"{metric}/{split}", random.random(), step)
"""
GOODFIT = (
    "from goodfit.readers import read_history\n",
    "points = sum(map(len, read_history(sys.argv[1]).curves.values()))",
)
ACCUMULATOR = (
    "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n",
    (
        "found = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0}).Reload()\n"
        "points = sum(len(found.Scalars(tag)) for tag in found.Tags()['scalars'])"
    ),
)
MESSAGES = (
    "import struct\nfrom pathlib import Path\nfrom tensorboard.compat.proto import event_pb2\n",
    (
        "(file,) = Path(sys.argv[1]).glob('*tfevents*'); raw = file.read_bytes(); found = {}; at = 0\n"
        "while at < len(raw):\n"
        "    (length,) = struct.unpack_from('<Q', raw, at)\n"
        "    event = event_pb2.Event.FromString(raw[at + 12 : at + 12 + length])\n"
        "    for value in event.summary.value:\n"
        "        found.setdefault(value.tag, []).append((event.step, event.wall_time, value.simple_value))\n"
        "    at += length + 16\n"
        "points = sum(map(len, found.values()))"
    ),
)
SIZE = """
from importlib.metadata import distribution
names = ("tensorboard", "tensorboard-data-server", "protobuf", "grpcio", "werkzeug", "markdown", "pillow", "absl-py")
print(sum(f.locate().stat().st_size for n in names for f in distribution(n).files if f.locate().is_file()))
"""


def main() -> None:
    """Time both in turn and write the table."""
    with TemporaryDirectory() as folder:
        subprocess.run([tools_python(), "-c", WRITE, folder], check=True, capture_output=True)
        commands = {
            "goodfit, to curves": (OURS, *GOODFIT),
            "EventAccumulator, to lists": (tools_python(), *ACCUMULATOR),
            "event_pb2 in a loop, to lists, no checksums": (tools_python(), *MESSAGES),
        }
        times = in_turn(commands, folder, RUNS)
    ours, peer, messages = commands
    if len({each[0]["points"] for each in times.values()}) != 1:
        raise SystemExit(f"they read different numbers of points: {times}")
    found = ratio(times, peer, ours)
    what = f"10 tags of 20,000 steps, written by SummaryWriter; CPU seconds, {RUNS} runs in turn. Goal: {GOAL} times."
    head = ["# Reading event files", "", *written_by("event_speed.py", what, ("tensorboard", "torch"))]
    verdict = "within" if found >= GOAL else "outside"
    end = f"EventAccumulator takes {found:.1f} times as long (median of the pairs, imports left out): {verdict} the goal."
    size = subprocess.run([tools_python(), "-c", SIZE], check=True, capture_output=True, text=True).stdout
    also = (
        f"The loop over TensorBoard's own messages takes {ratio(times, messages, ours):.1f} times as long, and what it "
        f"needs (tensorboard and its dependencies, numpy left out) is {int(size) / 2**20:.0f} MiB."
    )
    save("event_speed.md", [*head, *rows(times), "", end, also])


if __name__ == "__main__":
    main()
