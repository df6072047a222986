"""Three convolutions and a bidirectional LSTM: the common CNN-BiLSTM for single heartbeats."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from einthoven.training.networks.layers import as_pictures, as_sequence, convolution, pooling
from einthoven.training.parts import Part, Positive, Share


class CnnBilstmOptions(Part):
    """See `CnnBilstm`."""

    name: Literal["cnn_bilstm"]
    kernel: Positive = 7
    hidden: Positive = 64
    dropout: Share = 0.5


class CnnBilstm(nn.Module):
    """Three times convolution (64, 128, 128), batch normalisation, ReLU and pooling; BiLSTM; dense layer.

    What the description of the reference system leaves open is chosen so that the network has about the half
    million weights it states: kernels of 7 samples, and a dense layer on the LSTM's answers at all positions.

    Args:
        n_chans: leads.
        n_times: samples.
        n_outputs: classes.
        options: kernel size in samples, size of each LSTM direction, dropout before the answer.
    """

    def __init__(self, n_chans: int, n_times: int, n_outputs: int, options: CnnBilstmOptions) -> None:
        super().__init__()
        sizes = (n_chans, 64, 128, 128)
        self.cnn = nn.Sequential(
            *(
                layer
                for i in range(3)
                for layer in (*convolution(sizes[i], sizes[i + 1], options.kernel), pooling())
            )
        )
        self.lstm = nn.LSTM(128, options.hidden, batch_first=True, bidirectional=True)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(2 * options.hidden * (n_times // 8), 64),
            nn.ReLU(),
            nn.Dropout(options.dropout),
            nn.Linear(64, n_outputs),
        )

    def forward(self, waves: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)`` of signals ``(batch, n_chans, n_times)``."""
        sequence, _ = self.lstm(as_sequence(self.cnn(as_pictures(waves))))
        answer: Tensor = self.head(sequence)
        return answer
