# SPDX-License-Identifier: Apache-2.0
"""What people do with a model after it was treated: compile it, export it, train it in several processes."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from goodfit.remedies import Remedy
from goodfit.surgery import treat
from goodfit.surgery.trace import call, tensors_of
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
        program = torch.export.export(treat(model, treatment).eval(), args, named)
        assert self.agree(out(model.eval(), example), list(tensors_of(program.module()(*args, **named))))
        calls = [str(node.target) for node in program.run_decompositions().graph.nodes]
        assert not [name for name in calls if "dropout" in name or "bernoulli" in name]

    def test_the_treated_model_trains_in_several_processes(self) -> None:
        """DistributedDataParallel takes the treated model and reduces its gradients (gloo, a group of one)."""
        model, treatment = self.planned()
        treated = treat(model, treatment).train()
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
        try:
            parallel = DistributedDataParallel(treated, find_unused_parameters=True)
            self.loss(call(parallel, self.example())).backward()  # type: ignore[no-untyped-call]
        finally:
            dist.destroy_process_group()
        assert any(p.grad is not None and bool(p.grad.any()) for p in treated.parameters())
