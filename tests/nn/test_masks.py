# SPDX-License-Identifier: Apache-2.0
"""Masks of packed bits: the rate they state at every place, and independence, by tests that can fail."""

import mask_statistics as masks
import numpy as np
import pytest
import torch

from goodfit.nn import Dropout
from goodfit.nn.bits import VALUES, draw, patterns

RATES = (0.5, 0.1, 0.9, 0.25, 1 / 3, 0.02, 0.003, 0.997, 1e-6)


@pytest.mark.parametrize("rate", [*RATES, 1 - 1e-9, 1e-12])
def test_the_patterns_have_the_stated_probabilities(rate: float) -> None:
    """Values and rests together give each of 256 patterns its probability under independence, to the digits of a double."""
    of_value, settled, cumulative = patterns(rate)
    rests = np.diff(cumulative, prepend=0.0) * (VALUES - settled)
    found = (np.bincount(of_value[:settled], minlength=256) + rests) / VALUES
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    assert found == pytest.approx(np.where(bits == 1, 1 - rate, rate).prod(1), rel=1e-9, abs=1e-15)
    assert (bits * found[:, None]).sum(0) == pytest.approx(1 - rate, rel=1e-12, abs=1e-15)
    assert VALUES - settled <= 256


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 1e-4])
def test_masks_have_the_rate_everywhere_and_are_independent(rate: float) -> None:
    """Rate, each byte and bit place, neighbours, rows, calls and totals lie within 5 standard errors (one in 1.7 million)."""
    torch.manual_seed(11)
    found = dict(masks.all_tests(masks.ours, rate))
    assert {name: z for name, z in found.items() if abs(z) > masks.BOUND} == {}


def test_a_mask_of_63_bits_fails_the_same_tests() -> None:
    """Bytes of random_(), whose highest bit is never set, are caught by rate and place."""
    torch.manual_seed(11)
    found = dict(masks.all_tests(masks.of_63_bits, 0.5))
    assert min(abs(found[name]) for name in ("rate", "8 byte places", "64 bit places")) > 10 * masks.BOUND


def test_a_very_small_rate_drops_as_many_as_it_should() -> None:
    """At one in a million, the number dropped among 2^24 elements is a Poisson number of mean 16.8."""
    torch.manual_seed(5)
    dropped = (1 << 24) - int(np.unpackbits(draw(1 << 24, 1e-6)).sum())
    assert 4 <= dropped <= 36  # beyond is less than one in 10,000


@pytest.mark.parametrize("size", [8192, 8193, 8203, 32771])
def test_sizes_that_fill_no_whole_word(size: int) -> None:
    """The last elements of any size are dropped as often as the others."""
    torch.manual_seed(1)
    layer = Dropout(0.5)
    tails = torch.stack([layer(torch.ones(size))[-3:] for _ in range(400)])
    assert ((tails != 0).double().mean(0) - 0.5).abs().max() < 5 * 0.5 / 20
    assert layer(torch.ones(size)).shape == (size,)


def test_the_mean_is_kept() -> None:
    """Kept elements are scaled by 1 / (1 - p), in every type of element."""
    torch.manual_seed(2)
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        out = Dropout(0.3)(torch.ones(1 << 16, dtype=dtype))
        scale = torch.tensor(1 / 0.7, dtype=torch.float64).to(dtype)
        assert out.dtype is dtype
        assert out.unique().tolist() == [0.0, scale.item()]


def test_the_same_seed_gives_the_same_mask() -> None:
    """Masks follow from torch.manual_seed, and forking the random state around a call takes it back."""
    layer, x = Dropout(0.1), torch.ones(1 << 15)
    torch.manual_seed(3)
    first = layer(x)
    torch.manual_seed(3)
    assert torch.equal(layer(x), first)
    torch.manual_seed(3)
    with torch.random.fork_rng():
        layer(x)
    assert torch.equal(layer(x), first)
    assert not torch.equal(layer(x), first)


@pytest.mark.parametrize("rate", [0.5, 0.1])
def test_the_generator_moves_as_documented(rate: float) -> None:
    """N elements take ceil(n / 64) draws of 64 bits at p = 1/2; else ceil(n / 32), and a double for each value drawn again."""
    size = 64 * 1000 + 1
    torch.manual_seed(4)
    Dropout(rate)(torch.ones(size))
    after = torch.rand(4)
    torch.manual_seed(4)
    words = torch.empty(-(-size // (64 if rate == 0.5 else 32)), dtype=torch.int64).random_(-(2**63), None)
    if rate != 0.5:
        again = int((words.numpy().view(np.uint16) >= patterns(rate).settled).sum())
        assert 0 < again < 50
        torch.rand(again, dtype=torch.float64)
    assert torch.equal(after, torch.rand(4))
