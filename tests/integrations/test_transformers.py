# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's Trainer: the contract."""

from typing import Any

import pytest
import torch
from torch import nn

from goodfit.testing._courses import Carried, Course
from goodfit.testing.integrations import IntegrationContract

transformers = pytest.importorskip("transformers", reason="transformers is not installed")
pytest.importorskip("accelerate", reason="accelerate, which its Trainer needs, is not installed")
# What the framework warns of on its own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


class Model(nn.Module):
    """Gives a loss, as the Trainer wants it."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, rows: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Give loss and answers."""
        answers = self.net(rows)
        return {"loss": nn.functional.mse_loss(answers, labels), "logits": answers}


class TestTransformers(IntegrationContract):
    """The contract."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train with a Trainer, in order."""
        from goodfit.integrations.transformers import GoodfitCallback

        class InOrder(transformers.Trainer):  # type: ignore[misc, name-defined]
            def _get_train_sampler(self, *_: Any) -> Any:
                return torch.utils.data.SequentialSampler(self.train_dataset)

        callback = GoodfitCallback(**course.options)
        arguments = self._arguments(course, upto)
        model = Model(course.build())
        sets = [
            [{"rows": row, "labels": target} for row, target in zip(*part, strict=True)]
            for part in (course.train, course.validation)
        ]
        optimizer = torch.optim.SGD(model.parameters(), lr=course.rate)
        trainer = InOrder(
            model,
            arguments,
            train_dataset=sets[0],
            eval_dataset=sets[1],
            callbacks=[*([callback] if watched else []), *([_Ends(upto)] if upto else [])],
            optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)),
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train(resume_from_checkpoint=resume or None)
        return Carried(model=model.net, run=callback.run)

    def _arguments(self, course: Course, upto: int | None) -> Any:
        return transformers.TrainingArguments(
            output_dir=str(course.folder / "run"),
            num_train_epochs=course.epochs,
            per_device_train_batch_size=course.batch,
            per_device_eval_batch_size=len(course.validation[0]),
            eval_strategy="epoch",
            logging_strategy="epoch",
            save_strategy="epoch" if upto is not None else "no",
            max_grad_norm=0.0,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        )


class _Ends(transformers.TrainerCallback):  # type: ignore[misc, name-defined]
    """Interrupts a training after some epochs."""

    def __init__(self, upto: int) -> None:
        self.upto = upto

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """End it; this epoch is evaluated and saved still."""
        del args
        if state.epoch >= self.upto:
            control.should_training_stop = True
        return control
