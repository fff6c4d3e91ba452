# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's Trainer: `Trainer(callbacks=[GoodfitCallback()])`.

The state lies as `goodfit.pt` in each checkpoint. The Trainer hides a NaN loss (logging_nan_inf_filter); the norm of
the gradient gives it away.
"""

from collections.abc import Mapping
from math import isfinite, nan
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import TrainerCallback

from goodfit.integrations._curves import is_validation, understood
from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch

STATE = "goodfit.pt"


class GoodfitCallback(TrainerCallback):
    """Watches `train`; verdicts are made at each evaluation of the Trainer.

    Args:
        options: those of `goodfit.watch`. Without `loss` the sample is measured by the loss that the model gives.
    """

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)
        self.run: Watch | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin, or go on from the checkpoint of this step."""
        del control
        model = kwargs["model"]
        options = self.options if self.options.loss is not None else self.options.with_loss(_model_loss)
        run = self.run = Watch(model, options)
        path = _checkpoint(args, state) / STATE
        if state.global_step and path.is_file():
            run.load_state_dict(torch.load(path, weights_only=True))

        def see(module: nn.Module, _arguments: Any, inputs: dict[str, Any]) -> None:
            if not run.sample.wanted:
                hook.remove()
            elif module.training and torch.is_grad_enabled():
                run.batch({key: value for key, value in inputs.items() if key != "num_items_in_batch"})

        hook = model.register_forward_pre_hook(see, with_kwargs=True)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Take the training loss; evaluations come with `on_evaluate`."""
        del args, control
        if self.run is None or logs is None or "loss" not in logs or any(k.startswith("eval_") for k in logs):
            return
        hidden = not isfinite(float(logs.get("grad_norm", 0.0)))
        found = understood({**logs, "loss": nan} if hidden else logs)
        self.run.take({k: v for k, v in found.items() if k != "train_grad_norm"}, float(state.epoch))

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **_: Any) -> Any:
        """Judge."""
        del args
        found = {k: v for k, v in understood(metrics).items() if is_validation(k)}
        if self.run is not None and self.run.take(found, float(state.epoch)):
            control.should_training_stop = True
        return control

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Put the state beside the checkpoint."""
        del control
        folder = _checkpoint(args, state)
        if self.run is not None and state.is_world_process_zero and folder.is_dir():
            torch.save(self.run.state_dict(), folder / STATE)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Load the best weights, unless the Trainer does that itself (load_best_model_at_end)."""
        del state, control
        if self.run is not None and not args.load_best_model_at_end:
            self.run.close()


def _checkpoint(args: Any, state: Any) -> Path:
    return Path(args.output_dir) / f"checkpoint-{state.global_step}"


def _model_loss(model: nn.Module, batch: dict[str, Any]) -> Any:
    output = model(**batch)
    return output["loss"] if isinstance(output, Mapping) else output[0]
