# SPDX-License-Identifier: Apache-2.0
"""Finding equal and nearly equal inputs: marks of their bytes, and distances to nearest neighbours.

Two views on the inputs, both small: numbers are projected at random to a few hundred coordinates, which keeps
distances to about a tenth (Johnson and Lindenstrauss); tokens become sets of neighbouring pairs, hashed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from goodfit.probes._lab import Indices, Lab

COORDINATES = 256  # distances between 20,000 examples are kept to about a tenth
PAIRS = 2048  # cells that token pairs are hashed to; texts of a few hundred tokens rarely collide
BLOCK = 512  # rows of a block of distances
NEVER = np.float32(np.inf)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """Inputs as rows that can be compared."""

    rows: Floats
    are_sets: bool  # rows are 0/1 memberships of token pairs, else coordinates


def tensors(inputs: Any) -> list[Tensor]:
    """The tensors of a batch of inputs, in a fixed order."""
    if isinstance(inputs, Tensor):
        return [inputs.detach().cpu()]
    parts = inputs.values() if isinstance(inputs, Mapping) else inputs
    return [
        each for part in parts if isinstance(part, Tensor | Mapping | tuple | list) for each in tensors(part)
    ]


def marks(lab: Lab, indices: Indices) -> list[bytes]:
    """A digest of each example's inputs, equal for equal bytes."""
    found = []
    for inputs, _ in lab.batches(indices):
        parts = [
            part.contiguous().reshape(len(part), -1).view(torch.uint8).numpy() for part in tensors(inputs)
        ]
        for i in range(len(parts[0])):
            digest = hashlib.blake2b(digest_size=16)
            for part in parts:
                digest.update(part[i].tobytes())
            found.append(digest.digest())
    return found


def views(lab: Lab, *parts: Indices) -> tuple[View, ...]:
    """The same view on several sets of examples; coordinates are centred and scaled by the first."""
    rows = [np.concatenate([_rows(lab, inputs) for inputs, _ in lab.batches(part)]) for part in parts]
    if _are_tokens(lab.examples(parts[0][:1])[0]):
        return tuple(View(each, are_sets=True) for each in rows)
    centre, spread = rows[0].mean(axis=0), float(rows[0].std()) or 1.0
    return tuple(View((each - centre) / spread, are_sets=False) for each in rows)


def _are_tokens(inputs: Any) -> bool:
    """Whether inputs are sequences of whole numbers that name things, as texts are; small integers are pixels."""
    return all(part.dtype in (torch.int32, torch.int64) and part.ndim > 1 for part in tensors(inputs))


def _rows(lab: Lab, inputs: Any) -> Floats:
    parts = [part.reshape(len(part), -1) for part in tensors(inputs)]
    if _are_tokens(inputs):
        return _memberships(torch.cat(parts, dim=1).numpy())
    flat: Floats = torch.cat([part.float() for part in parts], dim=1).numpy()
    if flat.shape[1] <= COORDINATES:
        return flat
    drawn = lab.generator("projection", flat.shape[1]).standard_normal(
        (flat.shape[1], COORDINATES), dtype=np.float32
    )
    return np.asarray(flat @ drawn / np.float32(np.sqrt(COORDINATES)), dtype=np.float32)


def _memberships(tokens: NDArray[np.int64]) -> Floats:
    """Which cells the neighbouring pairs of each row's tokens fall into."""
    pairs = (tokens[:, :-1] * 1_000_003 + tokens[:, 1:]) if tokens.shape[1] > 1 else tokens
    cells = (pairs.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) % np.uint64(PAIRS)
    found = np.zeros((len(tokens), PAIRS), dtype=np.float32)
    found[np.arange(len(tokens))[:, None], cells.astype(np.int64)] = 1
    return found


def nearest(rows: View, others: View, *, own: Indices | None = None) -> tuple[Floats, Indices]:
    """Distance to and place of the nearest of the others; `own`: places of the rows among them, which do not count.

    Coordinates: Euclidean. Sets: 1 - shared / all (Jaccard).
    """
    distances, places = np.empty(len(rows.rows), np.float32), np.empty(len(rows.rows), np.int64)
    sizes = np.einsum("ij,ij->i", others.rows, others.rows)
    for start in range(0, len(rows.rows), BLOCK):
        block = rows.rows[start : start + BLOCK]
        shared, norms = block @ others.rows.T, np.einsum("ij,ij->i", block, block)[:, None]
        if rows.are_sets:
            apart = 1 - shared / np.maximum(norms + sizes - shared, 1)
        else:
            apart = np.maximum(norms + sizes - 2 * shared, 0)
        if own is not None:
            apart[np.arange(len(block)), own[start : start + BLOCK]] = NEVER
        places[start : start + BLOCK] = apart.argmin(axis=1)
        distances[start : start + BLOCK] = apart.min(axis=1)
    return (distances if rows.are_sets else np.sqrt(distances)), places
