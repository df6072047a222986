"""Four convolutions, a two-layer bidirectional LSTM with attention, and a deep dense head."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from einthoven.training.networks.layers import as_pictures, as_sequence, convolution, pooling
from einthoven.training.parts import Part, Positive, Share


class CnnBilstmAttentionOptions(Part):
    """See `CnnBilstmAttention`."""

    name: Literal["cnn_bilstm_attention"]
    hidden: Positive = 192
    dropout: Share = 0.45


class CnnBilstmAttention(nn.Module):
    """Convolutions 64 (7 samples), 128 (5), 256 (3), 512 (3), each with batch normalisation and ReLU, pooling
    after the first three; BiLSTM of two layers; attention over positions; dense layers 256, 128, 64.

    Args:
        n_chans: leads.
        n_times: samples; free, since attention weighs all positions.
        n_outputs: classes.
        options: size of each LSTM direction; dropout within the LSTM and after each dense layer.
    """

    def __init__(
        self, n_chans: int, n_times: int, n_outputs: int, options: CnnBilstmAttentionOptions
    ) -> None:
        super().__init__()
        self.cnn = nn.Sequential(
            *convolution(n_chans, 64, 7),
            pooling(),
            *convolution(64, 128, 5),
            pooling(),
            *convolution(128, 256, 3),
            pooling(),
            *convolution(256, 512, 3),
        )
        self.lstm = nn.LSTM(
            512, options.hidden, 2, batch_first=True, bidirectional=True, dropout=options.dropout
        )
        self.attention = nn.Linear(2 * options.hidden, 1)
        sizes = (2 * options.hidden, 256, 128, 64)
        self.head = nn.Sequential(
            *(
                layer
                for i in range(3)
                for layer in (
                    nn.Linear(sizes[i], sizes[i + 1]),
                    nn.BatchNorm1d(sizes[i + 1]),
                    nn.ReLU(),
                    nn.Dropout(options.dropout),
                )
            ),
            nn.Linear(64, n_outputs),
        )

    def forward(self, waves: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)`` of signals ``(batch, n_chans, n_times)``."""
        sequence, _ = self.lstm(as_sequence(self.cnn(as_pictures(waves))))
        weights = self.attention(sequence).softmax(dim=1)
        answer: Tensor = self.head(torch.sum(weights * sequence, dim=1))
        return answer
