# SPDX-License-Identifier: Apache-2.0
"""Statistical tests of dropout masks: the rate, each place in a 64-bit word, neighbours, rows and calls.

Each test gives a z value or a chi-squared value turned into one: under a perfect mask it is standard normal, in
good approximation at these sizes. A mask made of `random_()` without a range, whose highest bit is always 0, is
tested along, to show that the tests can fail.

    python bench/dropout/mask_statistics.py      writes bench/results/dropout_statistics.md
"""

from collections.abc import Callable, Iterator
from math import sqrt

import torch
from torch import Tensor

from goodfit.nn import Dropout

# A perfect generator is beyond this in one of 1.7 million tests, so a table of some hundred cells has none.
BOUND = 5.0
ROWS, COLUMNS = 1024, 1024
RATES = (0.5, 0.1, 0.9, 0.3, 1 / 3, 0.003, 0.997, 0.02)

Draw = Callable[[float], Tensor]


def ours(rate: float) -> Tensor:
    """What our layer keeps, as 0 and 1, of shape (ROWS, COLUMNS)."""
    return _kept(Dropout(rate))


def torchs(rate: float) -> Tensor:
    """What torch's layer keeps."""
    return _kept(torch.nn.Dropout(rate))


def _kept(layer: torch.nn.Module) -> Tensor:
    out: Tensor = layer(torch.ones(ROWS, COLUMNS))
    return out.ne(0).double()


def of_63_bits(rate: float) -> Tensor:
    """A mask by comparing bytes of random_(), which draws 63 bits: every eighth byte is below 128."""
    drawn = torch.empty(ROWS * COLUMNS // 8, dtype=torch.int64).random_().view(torch.uint8)
    return (drawn >= round(256 * rate)).double().view(ROWS, COLUMNS)


def z_of_rate(kept: Tensor, rate: float) -> float:
    """Share kept against 1 - rate: the binomial test in its normal form."""
    return float(kept.sum() - kept.numel() * (1 - rate)) / sqrt(kept.numel() * rate * (1 - rate))


def z_of_places(kept: Tensor, rate: float, places: int) -> float:
    """Shares kept at each place of an element in `places` (8 bytes, 64 bits), chi-squared, Wilson and Hilferty's z."""
    counts = kept.view(-1, places)
    z = (counts.sum(0) - len(counts) * (1 - rate)) / sqrt(len(counts) * rate * (1 - rate))
    return float(((z.square().sum() / places) ** (1 / 3) - (1 - 2 / (9 * places))) / sqrt(2 / (9 * places)))


def z_of_pairs(first: Tensor, second: Tensor, rate: float) -> float:
    """Correlation of two masks of the same shape, in its standard errors."""
    product = (first - (1 - rate)) * (second - (1 - rate))
    return float(product.sum()) / (rate * (1 - rate) * sqrt(product.numel()))


def z_of_total(draw: Draw, rate: float, calls: int = 64) -> float:
    """Variance of the number kept, over calls, against the binomial one: correlations too small to see in pairs."""
    z = torch.tensor([z_of_rate(draw(rate), rate) for _ in range(calls)])
    return float(((z.square().mean()) ** (1 / 3) - (1 - 2 / (9 * calls))) / sqrt(2 / (9 * calls)))


def all_tests(draw: Draw, rate: float) -> Iterator[tuple[str, float]]:
    """Every test of one kind of mask at one rate, by name."""
    kept, after = draw(rate), draw(rate)
    yield "rate", z_of_rate(kept, rate)
    yield "8 byte places", z_of_places(kept, rate, 8)
    yield "64 bit places", z_of_places(kept, rate, 64)
    flat = kept.view(-1)
    for lag in (1, 8, 64):
        yield f"{lag} apart", z_of_pairs(flat[:-lag], flat[lag:], rate)
    yield "rows", z_of_pairs(kept[:-1], kept[1:], rate)
    yield "calls", z_of_pairs(kept, after, rate)
    yield "total", z_of_total(draw, rate)


def main() -> None:
    """Run all tests with a fixed seed and write the table."""
    from _results import write_table

    torch.manual_seed(20260101)
    lines: list[str] = []
    worst: dict[str, float] = {}
    for name, draw in (
        ("goodfit.nn.Dropout", ours),
        ("torch.nn.Dropout", torchs),
        ("63-bit bytes", of_63_bits),
    ):
        for rate in RATES:
            tests = dict(all_tests(draw, rate))
            worst[name] = max(worst.get(name, 0.0), *(abs(z) for z in tests.values()))
            if not lines:
                lines += [f"| mask | p | {' | '.join(tests)} |", "|" + "---|" * (len(tests) + 2)]
            lines.append(f"| {name} | {rate:.4g} | " + " | ".join(f"{z:.1f}" for z in tests.values()) + " |")
    notes = [
        f"z values of {ROWS} x {COLUMNS} masks (the last column: of 64 of them); beyond {BOUND:g} is a fault.",
        "Largest, in absolute value: " + ", ".join(f"{name} {z:.1f}" for name, z in worst.items()) + ".",
    ]
    write_table("dropout_statistics", "Are dropout masks what they say?", notes, lines)


if __name__ == "__main__":
    main()
