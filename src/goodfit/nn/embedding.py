# SPDX-License-Identifier: Apache-2.0
"""Embedding dropout removes whole words: an id that is dropped is dropped at all its places in the batch.

drop = EmbeddingDropout(embedding.num_embeddings, 0.1)
vectors = drop(embedding(ids), ids)

So a sentence has to make sense without any one of its words, not only without one mention of it.
"""

from torch import Tensor

from goodfit.nn.keyed import KeyedDropout


class EmbeddingDropout(KeyedDropout):
    """Zero the vectors of each id with probability `p` in training mode and scale the others by 1 / (1 - p).

    Vectors have the shape (*, D), ids (*). In evaluation mode it gives the very vectors. Dropping the
    vectors of an id is the same as dropping its row of the table. Source: Gal and Ghahramani 2016, section 4.2.

    Args:
        num_embeddings: how many ids there are.
        p: the rate.

    Raises:
        ValueError: `p` is not in [0, 1], or the shapes of vectors and ids do not belong together.
    """

    def __init__(self, num_embeddings: int, p: float = 0.5) -> None:
        super().__init__(p)
        self.num_embeddings = num_embeddings

    def forward(self, input: Tensor, ids: Tensor) -> Tensor:  # noqa: A002 - torch's name, which callers may use
        """Drop ids from `input`."""
        if input.shape[:-1] != ids.shape:
            raise ValueError(
                f"vectors of shape {tuple(input.shape)} are not those of ids of shape {tuple(ids.shape)}"
            )
        if not self.training:
            return input
        return input * self.factors((self.num_embeddings,), self.p, input)[ids].unsqueeze(-1)

    def extra_repr(self) -> str:
        """Describe the layer in print(model)."""
        return f"{self.num_embeddings}, {super().extra_repr()}"
