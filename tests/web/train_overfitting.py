# SPDX-License-Identifier: Apache-2.0
"""A real training that overfits in seconds: a wide perceptron on 60 noisy examples. Usage: train_overfitting.py LOG PAUSE."""

import sys
import time

import torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)
weights = torch.randn(20, 3)
inputs = torch.randn(1060, 20)
labels = (inputs @ weights + 2.5 * torch.randn(1060, 3)).argmax(1)
train, val = (inputs[:60], labels[:60]), (inputs[60:], labels[60:])
model = nn.Sequential(nn.Linear(20, 256), nn.ReLU(), nn.Linear(256, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
with open(sys.argv[1], "w", encoding="utf-8", buffering=1) as log:  # noqa: PTH123 - as users write it
    log.write("epoch,train_loss,val_loss\n")
    for epoch in range(60):
        for _ in range(2):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(train[0]), train[1])
            torch.autograd.backward(loss)
            optimizer.step()
        with torch.no_grad():
            losses = [float(nn.functional.cross_entropy(model(x), y)) for x, y in (train, val)]
        log.write(f"{epoch},{losses[0]:.5f},{losses[1]:.5f}\n")
        time.sleep(float(sys.argv[2]))
