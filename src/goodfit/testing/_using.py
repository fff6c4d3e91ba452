# SPDX-License-Identifier: Apache-2.0
"""What people do with a model after it was treated: compile it, export it, train it in several processes."""

import copy
import gc
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from goodfit.remedies import Remedy
from goodfit.surgery import treat
from goodfit.surgery.trace import call, tensors_of
from goodfit.testing._group_of_one import group_of_one
from goodfit.testing._looking import out, same
from goodfit.values import Treatment


class UseContract:
    """The part of the surgery contract that is about what comes after."""

    def example(self) -> Any:
        """One batch as the model takes it."""
        raise NotImplementedError

    def planned(self) -> tuple[nn.Module, Treatment]:
        """The model, and the treatment worked out for it."""
        raise NotImplementedError

    def remedy(self) -> Remedy:
        """The remedy prescribed."""
        raise NotImplementedError

    def agree(self, a: list[Tensor], b: list[Tensor]) -> bool:
        """Whether two outputs in evaluation mode are as like as the remedy declares."""
        raise NotImplementedError

    def loss(self, output: Any) -> Tensor:
        """A loss of the model's output, for a step of training."""
        raise NotImplementedError

    def test_the_treated_model_can_be_compiled(self) -> None:
        """torch.compile of the treated model gives its output in both modes."""
        model, treatment = self.planned()
        treated, example = treat(model, treatment), self.example()
        compiled = torch.compile(treated, backend="eager")
        try:
            for train in (False, True):
                treated.train(train)
                torch.manual_seed(1)
                expected = out(copy.deepcopy(treated), example)
                torch.manual_seed(1)
                assert same(expected, list(tensors_of(call(compiled, example))))  # type: ignore[arg-type]
        finally:
            torch.compiler.reset()

    def test_the_exported_model_holds_no_dropout(self) -> None:
        """torch.export of the treated model in evaluation mode agrees with the untreated one, and drops nothing."""
        model, treatment = self.planned()
        example = self.example()
        named = example if isinstance(example, dict) else {}
        args = () if named else example if isinstance(example, tuple) else (example,)
        expected = out(model.eval(), example)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of its own recurrent layers
            try:
                before = torch.export.export(model, args, named)
            except Exception as error:  # noqa: BLE001 - of whatever kind: packed sequences, for one, are beyond it
                pytest.skip(f"torch cannot export the untreated model: {type(error).__name__}: {error}")
            program = torch.export.export(treat(model, treatment).eval(), args, named)
        assert self.agree(expected, list(tensors_of(program.module()(*args, **named))))
        # A dropout layer of the user's own stays a node that is switched off; nothing that was put in stays.
        assert len(_dropping(program)) <= len(_dropping(before))
        assert not [node for node in _dropping(program) if True in node.args]

    def test_the_treated_model_trains_in_several_processes(self) -> None:
        """DistributedDataParallel takes the treated model and reduces its gradients (gloo, a group of one)."""
        model, treatment = self.planned()
        treated = treat(model, treatment).train()
        with group_of_one():
            parallel = DistributedDataParallel(treated, find_unused_parameters=True)
            self.loss(call(parallel, self.example())).backward()  # type: ignore[no-untyped-call]
            # Its reducer must not be the last to hold the group: such a group ends with the interpreter locked, and
            # waits for ever for its own threads, which wait for the interpreter.
            del parallel
            gc.collect()
        assert any(p.grad is not None and bool(p.grad.any()) for p in treated.parameters())


def _dropping(program: torch.export.ExportedProgram) -> list[Any]:
    """The calls of an exported program that draw random numbers to drop."""
    calls = [node for node in program.graph.nodes if node.op == "call_function"]
    return [node for node in calls if "dropout" in str(node.target) or "bernoulli" in str(node.target)]
