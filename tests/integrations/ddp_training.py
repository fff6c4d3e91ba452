# SPDX-License-Identifier: Apache-2.0
"""One of two processes of data-parallel trainings; prints what they ended with as JSON.

python ddp_training.py RANK FOLDER
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import goodfit
from goodfit.surgery import read_facts

EPOCHS = 30
PATIENCE = timedelta(seconds=90)


def main(rank: int, folder: Path) -> None:
    """Train with on="stop" and with on="adapt"."""
    store = dist.FileStore(str(folder / "store"), 2)  # type: ignore[attr-defined]  # documented, and not in its __all__
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=PATIENCE)
    found = {on: trained(rank, on) for on in ("stop", "adapt")}
    dist.barrier()
    print("found: " + json.dumps(found), flush=True)  # noqa: T201 - read by the test
    os._exit(0)  # all is said; what gloo and the store do at an end may wait for each other


def trained(rank: int, on: str) -> dict[str, Any]:
    """Train on half of the data, with a validation loss that differs from process to process."""
    torch.manual_seed(0)
    rows, labels = torch.randn(96, 20), torch.randint(0, 2, (96,))
    net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.0), nn.Linear(64, 2))
    model = DistributedDataParallel(net)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    mine = slice(24 * rank, 24 * (rank + 1))
    with goodfit.watch(model, on=on, loss=_loss) as run:
        for epoch in range(EPOCHS):
            model.train()  # type: ignore[no-untyped-call]  # torch
            for begin in range(0, 24, 8):
                batch = rows[mine][begin : begin + 8], labels[mine][begin : begin + 8]
                optimizer.zero_grad()
                loss = _loss(model, batch)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                run.batch(batch, loss)
            model.eval()
            part = slice(48 + 24 * rank, 72 + 24 * rank)
            with torch.no_grad():
                value = _loss(model, (rows[part], labels[part]))
            if run.log({"val_loss": value}, step=epoch):
                break
    facts = read_facts(net)
    return {
        "history": {name: curve.values for name, curve in run.history.curves.items()},
        "findings": [each.code for each in run.findings],
        "ended": run.ended,
        "rate": run.rate,
        "rates": {layer.path: layer.rate for layer in facts.layers if layer.rate is not None},
        "best": run.best.x,
        "weights": [float(each.detach().double().sum()) for each in net.parameters()],
    }


def _loss(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
