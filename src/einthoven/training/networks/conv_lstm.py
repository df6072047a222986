"""One convolution and one LSTM, the network of the reference system R1."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from einthoven.training.networks.layers import as_sequence
from einthoven.training.parts import Part, Positive, Share


class ConvLstmOptions(Part):
    """See `ConvLstm`."""

    name: Literal["conv_lstm"]
    channels: Positive = 64
    kernel: Positive = 3
    hidden: Positive = 50
    dropout: Share = 0.2
    average_leads: bool = False


class ConvLstm(nn.Module):
    """Each lead standardised; convolution, ReLU, pooling, LSTM, whose last state gives the answer.

    Missing leads stay 0, as that system pads them.

    Args:
        n_chans: leads.
        n_outputs: logits.
        options: sizes; ``average_leads`` makes one channel of all leads.
    """

    def __init__(self, n_chans: int, n_outputs: int, options: ConvLstmOptions) -> None:
        super().__init__()
        self.average = options.average_leads
        self.cnn = nn.Sequential(
            nn.Conv2d(1 if self.average else n_chans, options.channels, (1, options.kernel)),
            nn.ReLU(),
            nn.MaxPool2d((1, 2)),
        )
        self.lstm = nn.LSTM(options.channels, options.hidden, batch_first=True)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(options.hidden, n_outputs)

    def forward(self, ecg: Tensor, known: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)``.

        Args:
            ecg: ``(batch, n_chans, n_times)``, 0 where missing.
            known: ``(batch, n_chans)``, 1 where a lead is there, else 0.
        """
        centred = ecg - ecg.mean(-1, keepdim=True)
        waves = centred / ((centred**2).mean(-1, keepdim=True).sqrt() + 1e-6) * known[..., None]
        if self.average:
            waves = waves.mean(1, keepdim=True)
        states, _ = self.lstm(as_sequence(self.cnn(waves[:, :, None])))
        answer: Tensor = self.head(self.dropout(states[:, -1]))
        return answer
