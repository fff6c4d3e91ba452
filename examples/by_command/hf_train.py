# SPDX-License-Identifier: Apache-2.0
"""A small BERT, trained from nothing by Hugging Face's Trainer: which of two words comes more often?

    goodfit tune --command 'python hf_train.py --dropout {dropout} --seed {seed} --out {out}' --dropout 0.1,0.2,0.3

The Trainer writes the curves into trainer_state.json, and the script the test losses. The sentences are drawn, so that
nothing has to be downloaded; a fifth of the training labels is wrong.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

WORDS, LENGTH = 50, 12
TRAIN, VALIDATION, TEST = 400, 300, 600
WRONG = 0.2  # of the training labels


class Sentences(torch.utils.data.Dataset[dict[str, Tensor]]):
    """Words at random; the label says whether word 1 comes more often than word 2."""

    def __init__(self, count: int, seed: int, wrong: float = 0.0) -> None:
        drawn = torch.Generator().manual_seed(seed)
        self.words = torch.randint(3, WORDS, (count, LENGTH), generator=drawn)
        marked = torch.rand(count, LENGTH, generator=drawn) < 0.5
        share = torch.rand(count, 1, generator=drawn)
        first = torch.rand(count, LENGTH, generator=drawn) < share
        self.words[marked & first], self.words[marked & ~first] = 1, 2
        self.labels = ((self.words == 1).sum(1) > (self.words == 2).sum(1)).long()
        turned = torch.rand(count, generator=drawn) < wrong
        self.labels[turned] = 1 - self.labels[turned]

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, place: int) -> dict[str, Tensor]:
        return {"input_ids": self.words[place], "labels": self.labels[place]}


def main() -> None:
    """Train, log, and score."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path())
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=LENGTH,
        hidden_dropout_prob=given.dropout,
    )
    trainer = Trainer(
        model=BertForSequenceClassification(config),
        args=TrainingArguments(
            output_dir=str(given.out),
            num_train_epochs=given.epochs,
            per_device_train_batch_size=32,
            per_device_eval_batch_size=300,
            learning_rate=1e-3,
            eval_strategy="epoch",
            logging_strategy="epoch",
            save_strategy="epoch",
            save_total_limit=1,
            load_best_model_at_end=True,
            metric_for_best_model="eval_loss",
            seed=given.seed,
            use_cpu=True,
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=Sentences(TRAIN, given.seed, WRONG),
        eval_dataset=Sentences(VALIDATION, given.seed + 1_000_000),
    )
    trainer.train()
    trainer.save_state()
    test = Sentences(TEST, seed=-1)
    logits = torch.tensor(trainer.predict(test).predictions)
    scores = {
        "losses": cross_entropy(logits, test.labels, reduction="none").tolist(),
        "ids": list(range(TEST)),
        "accuracy": float((logits.argmax(dim=1) == test.labels).float().mean()),
    }
    (given.out / "scores.json").write_text(json.dumps(scores))


if __name__ == "__main__":
    main()
