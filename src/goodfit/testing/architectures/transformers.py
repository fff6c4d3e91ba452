# SPDX-License-Identifier: Apache-2.0
"""Models of the package transformers, small and with random weights; without the package there are none."""

from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.testing.architectures._architecture import Architecture, sum_of_squares

TOKENS, STEPS, BATCH = 30, 7, 5


def bert() -> nn.Module:
    """A BERT-like classifier: two layers, 16 wide."""
    from transformers import BertConfig, BertForSequenceClassification

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    config = BertConfig(vocab_size=TOKENS, max_position_embeddings=16, num_labels=3, **sizes)
    model: nn.Module = BertForSequenceClassification(config)
    return model


def gpt() -> nn.Module:
    """A GPT-2-like language model: two layers, 16 wide; its head is tied to its embedding."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=TOKENS,
        bos_token_id=1,
        eos_token_id=2,
        n_positions=16,
        n_embd=16,
        n_layer=2,
        n_head=2,
        use_cache=False,
    )
    model: nn.Module = GPT2LMHeadModel(config)
    return model


def _example() -> dict[str, Any]:
    tokens: Tensor = torch.randint(1, TOKENS, (BATCH, STEPS), generator=torch.Generator().manual_seed(0))
    return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "return_dict": False}


ARCHITECTURES = (
    (
        Architecture(name="BERT-like", build=bert, example=_example, loss=sum_of_squares),
        Architecture(name="GPT-like", build=gpt, example=_example, loss=sum_of_squares),
    )
    if find_spec("transformers")
    else ()
)
