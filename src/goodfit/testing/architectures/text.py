# SPDX-License-Identifier: Apache-2.0
"""Recurrent networks and a transformer encoder for token sequences."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from goodfit.testing.architectures._architecture import Architecture, sum_of_squares

TOKENS, STEPS, BATCH = 20, 7, 5


class LstmClassifier(nn.Module):
    """One LSTM layer, where torch's own `dropout=` does nothing; the last output is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, 8)
        self.lstm = nn.LSTM(8, 10, batch_first=True)
        self.fc = nn.Linear(10, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens of shape (n, steps) to logits of shape (n, 3)."""
        output, _ = self.lstm(self.embedding(tokens))
        logits: Tensor = self.fc(output[:, -1])
        return logits


class LstmLanguageModel(nn.Module):
    """Two LSTM layers, time first, with dropout between them and the decoder tied to the embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.encoder = nn.Embedding(TOKENS, 8)
        self.rnn = nn.LSTM(8, 8, num_layers=2, dropout=0.1)
        self.decoder = nn.Linear(8, TOKENS)
        self.decoder.weight = self.encoder.weight

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens of shape (steps, n) to logits of shape (steps, n, tokens)."""
        output, _ = self.rnn(self.drop(self.encoder(tokens)))
        logits: Tensor = self.decoder(self.drop(output))
        return logits


class GruTagger(nn.Module):
    """A bidirectional GRU over packed sequences of different lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, 8, padding_idx=0)
        self.gru = nn.GRU(8, 6, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 4)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Tokens of shape (n, steps) and their lengths to logits of shape (n, steps, 4)."""
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        output, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        logits: Tensor = self.fc(output)
        return logits


class EncoderClassifier(nn.Module):
    """torch's own transformer encoder, two layers, and a classifier on the mean."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, 8)
        self.position = nn.Parameter(torch.zeros(STEPS, 8))
        layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.fc = nn.Linear(8, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens of shape (n, steps) to logits of shape (n, 3)."""
        logits: Tensor = self.fc(self.encoder(self.embedding(tokens) + self.position).mean(dim=1))
        return logits


def _tokens() -> Tensor:
    return torch.randint(1, TOKENS, (BATCH, STEPS), generator=torch.Generator().manual_seed(0))


def _time_first() -> Tensor:
    return _tokens().T.contiguous()


def _with_lengths() -> tuple[Tensor, Tensor]:
    return _tokens(), torch.tensor([7, 5, 3, 6, 2])


ARCHITECTURES = (
    Architecture(name="LSTM classifier", build=LstmClassifier, example=_tokens, loss=sum_of_squares),
    Architecture(
        name="LSTM language model", build=LstmLanguageModel, example=_time_first, loss=sum_of_squares
    ),
    Architecture(name="GRU tagger, packed", build=GruTagger, example=_with_lengths, loss=sum_of_squares),
    Architecture(name="Transformer encoder", build=EncoderClassifier, example=_tokens, loss=sum_of_squares),
)
