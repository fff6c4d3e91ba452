# SPDX-License-Identifier: Apache-2.0
"""The fast road of Dropout means what torch's means: gradients of all kinds, layouts, transforms, compilers."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.checkpoint import checkpoint

from goodfit.nn import Dropout, masking

SIZE = 1 << 14


@pytest.fixture(params=["factors kept", "bits kept"])
def _road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to keep what the backward pass needs."""
    monkeypatch.setattr(masking, "LARGE", 1 << 40 if request.param == "factors kept" else 0)


both_roads = pytest.mark.usefixtures("_road")


def _input(dtype: torch.dtype = torch.float64, shape: tuple[int, ...] = (64, SIZE // 64)) -> Tensor:
    return torch.randn(shape, dtype=dtype, requires_grad=True)


@both_roads
@pytest.mark.parametrize("rate", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_the_gradient_passes_through_the_mask(dtype: torch.dtype, rate: float) -> None:
    """The gradient is the incoming one, times the same factors."""
    x = torch.ones(SIZE + 3, dtype=dtype, requires_grad=True)
    out = Dropout(rate)(x)
    (gradient,) = torch.autograd.grad(out, x, torch.full_like(out, 2))
    assert torch.equal(gradient, 2 * out.detach())


@both_roads
def test_second_gradients() -> None:
    """Double backward differentiates the gradient, which holds the mask twice here."""
    x = _input()
    out = Dropout(0.3)(x)
    factors = (out / x).detach()
    (first,) = torch.autograd.grad(out.square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * x).sum(), x)
    assert torch.allclose(first, 2 * x * factors.square())
    assert torch.allclose(second, 4 * x * factors.square())


@both_roads
def test_gradients_may_be_asked_for_twice_and_in_batches() -> None:
    """retain_graph and is_grads_batched work; without retain_graph the second time is torch's error."""
    x = _input()
    out = Dropout(0.3)(x)
    (one,) = torch.autograd.grad(out.sum(), x, retain_graph=True)
    (many,) = torch.autograd.grad(
        out, x, torch.ones(3, *x.shape, dtype=x.dtype), is_grads_batched=True, retain_graph=True
    )
    assert torch.equal(many, one.expand(3, -1, -1))
    torch.autograd.grad(out.sum(), x)
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(out.sum(), x)


@both_roads
@pytest.mark.filterwarnings(
    "ignore:`torch.jit:DeprecationWarning"
)  # torch's own, at its first forward-mode call
def test_forward_mode() -> None:
    """The tangent passes through the mask of the primal."""
    x = torch.ones(SIZE, requires_grad=True)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.full((SIZE,), 2.0))  # type: ignore[no-untyped-call]
        out, tangent = forward_ad.unpack_dual(Dropout(0.3)(dual))  # type: ignore[no-untyped-call]
    assert torch.equal(tangent, 2 * out)


@both_roads
def test_what_follows_may_work_in_place() -> None:
    """The output is no view: an in-place activation behind it does not upset autograd."""
    x = _input()
    nn.ReLU(inplace=True)(Dropout(0.3)(x)).sum().backward()
    assert x.grad is not None


@both_roads
@pytest.mark.parametrize("layout", ["channels last", "transposed", "every other column"])
def test_other_layouts(layout: str) -> None:
    """Any strides give the right rate and gradient, and channels_last stays channels_last."""
    base = torch.ones(8, 16, 32, 32, requires_grad=True)
    x = {
        "channels last": lambda: base.to(memory_format=torch.channels_last),
        "transposed": lambda: base.transpose(0, 3),
        "every other column": lambda: base[..., ::2],
    }[layout]()
    out = Dropout(0.3)(x)
    (gradient,) = torch.autograd.grad(out, x, torch.ones_like(out).contiguous())
    assert torch.equal(gradient, out.detach())
    assert (out == 0).double().mean().item() == pytest.approx(0.3, abs=5 * 0.46 / out.numel() ** 0.5)
    if layout == "channels last":
        assert out.is_contiguous(memory_format=torch.channels_last)


@both_roads
def test_recomputed_activations_draw_the_same_mask() -> None:
    """Activation checkpointing restores torch's random state, and with it the mask."""
    x = torch.ones(SIZE, requires_grad=True)
    out = checkpoint(Dropout(0.3), x, use_reentrant=False)
    out.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, out.detach())


def test_in_place() -> None:
    """inplace=True changes the input itself, and a leaf that needs gradients is refused as by torch."""
    x = torch.ones(SIZE)
    assert Dropout(0.3, inplace=True)(x) is x
    assert len(x.unique()) == 2
    with pytest.raises(RuntimeError, match="in-place"):
        Dropout(0.3, inplace=True)(torch.ones(SIZE, requires_grad=True))


def test_without_gradients() -> None:
    """no_grad and inference mode drop as well, in any order, and need no graph."""
    layer = Dropout(0.1)
    with torch.inference_mode():
        assert (layer(torch.ones(SIZE)) == 0).any()
    with torch.no_grad():
        assert not layer(torch.ones(SIZE, requires_grad=True)).requires_grad
    assert layer(torch.ones(SIZE, requires_grad=True)).requires_grad


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_the_ends_are_torchs(rate: float) -> None:
    """P = 0 keeps all and p = 1 drops all, also without elements."""
    x = torch.randn(SIZE)
    assert torch.equal(Dropout(rate)(x), nn.Dropout(rate)(x))
    assert Dropout(rate)(torch.ones(0, 3)).shape == (0, 3)


@pytest.mark.parametrize("kind", [torch.complex64, torch.int64])
def test_types_that_torch_refuses(kind: torch.dtype) -> None:
    """Complex and whole numbers raise what torch raises."""
    x = torch.ones(SIZE, dtype=kind)
    with pytest.raises((RuntimeError, NotImplementedError)) as theirs:
        nn.Dropout(0.3)(x)
    with pytest.raises(type(theirs.value)) as ours:
        Dropout(0.3)(x)
    assert str(ours.value) == str(theirs.value)


def test_a_rate_that_was_set_out_of_range() -> None:
    """A rate spoiled after the layer was made is torch's ValueError."""
    layer = Dropout(0.3)
    layer.p = 1.5
    with pytest.raises(ValueError, match="between 0 and 1"):
        layer(torch.ones(SIZE))


@pytest.mark.parametrize("randomness", ["same", "different"])
def test_vmap(randomness: str) -> None:
    """Under vmap the randomness flag means what it means for torch, "error" included."""
    layer, x = Dropout(0.3), torch.ones(4, SIZE)
    out = torch.func.vmap(layer, randomness=randomness)(x)
    assert torch.equal(out[0], out[1]) == (randomness == "same")
    with pytest.raises(RuntimeError, match="randomness"):
        torch.func.vmap(layer)(x)


def test_function_transforms() -> None:
    """torch.func.grad passes through the mask."""
    gradient = torch.func.grad(lambda x: Dropout(0.3)(x).sum())(torch.ones(SIZE))
    assert len(gradient.unique()) == 2


def test_autocast() -> None:
    """Under autocast the layer keeps the type of its input."""
    net = nn.Sequential(nn.Linear(256, 256), Dropout(0.5))
    with torch.autocast("cpu", torch.bfloat16):
        out = net(torch.randn(128, 256))
    assert out.dtype is torch.bfloat16
    assert (out == 0).any()


@pytest.mark.parametrize("rate", [0.5, 0.1])
def test_compiled_without_a_graph_break(rate: float) -> None:
    """Inside torch.compile it is torch's own operation, in one graph."""
    torch.compiler.reset()
    layer = torch.compile(nn.Sequential(Dropout(rate)), backend="aot_eager", fullgraph=True)
    x = torch.ones(SIZE, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())  # type: ignore[arg-type]
    assert (out == 0).double().mean().item() == pytest.approx(rate, abs=0.03)


def test_export_holds_no_dropout() -> None:
    """An exported network in evaluation mode has no trace of dropout, nor has a traced one of our own operations."""
    net = nn.Sequential(nn.Linear(64, 64), Dropout(0.5)).eval()
    graph = torch.export.export(net, (torch.randn(SIZE // 64, 64),)).graph
    assert not [node for node in graph.nodes if "drop" in str(node.target) or "mul" in str(node.target)]
    traced = make_fx(Dropout(0.5))(torch.ones(SIZE))
    assert any("bernoulli" in str(node.target) for node in traced.graph.nodes)


class _Marked(Tensor):
    pass


def test_other_tensors_take_torchs_road() -> None:
    """Meta tensors and subclasses of tensors come back as what they were."""
    assert Dropout(0.3)(torch.ones(SIZE, device="meta")).device.type == "meta"
    assert type(Dropout(0.3)(torch.ones(SIZE).as_subclass(_Marked))) is _Marked


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_cuda_is_torchs_kernel() -> None:
    """On CUDA, ours and torch's give the same numbers from the same seed."""
    x = torch.randn(SIZE, device="cuda")
    torch.manual_seed(0)
    ours = Dropout(0.3)(x)
    torch.manual_seed(0)
    assert torch.equal(ours, nn.Dropout(0.3)(x))


def test_evaluation_mode_gives_the_very_input() -> None:
    """Nothing is copied in evaluation mode."""
    x = torch.ones(SIZE)
    assert Dropout(0.3).eval()(x) is x


def test_copies_drop_alike() -> None:
    """Deepcopy and pickle keep rate, rates and mode."""
    layer = Dropout(0.1)
    layer.rates = [0.1, 0.9]
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):  # noqa: S301 - our own bytes
        assert (other.p, other.rates.tolist(), other.training) == (0.1, layer.rates.tolist(), True)  # type: ignore[union-attr]


def test_a_default_device_elsewhere_does_not_matter() -> None:
    """A default device or type set by the user does not reach into the mask."""
    with torch.device("meta"):
        assert (Dropout(0.5)(torch.ones(SIZE, device="cpu")) == 0).any()
