"""The delineation network: lead trunks with shared weights that tell each other what they see."""

from __future__ import annotations

import torch
from torch import Tensor, nn

STRIDE = 4
CLASSES = 4  # none, P, QRS, T
HEADS = 4


class Block(nn.Module):
    """A residual convolution."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(
            channels, channels, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False
        )
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + torch.relu(self.norm(self.convolution(x)))
        return out


class DelineationNetwork(nn.Module):
    """Which wave is each sample of each lead part of: none, P, QRS or T?

    Every lead passes the same trunk at 62.5 Hz. Four attention heads, each a softmax over leads for every
    moment, gather one sequence from all leads; dilated residual convolutions see a second of it on either
    side, and the result is handed back to each lead, which decides for itself. Four outputs a step make 250
    Hz.

    Args:
        channels: width of all layers, a multiple of 4.
        kernel: kernel length of the residual convolutions (odd).
        stem_kernel: kernel length of the first, strided convolution.
        lead_dilations: residual convolutions of each lead before leads meet.
        fused_dilations: of all leads together.
        own_dilations: of each lead after that.

    Input ``(batch, n_leads, n)``, made by ``einthoven.signal.delineation_input``, ``n`` a multiple of 4;
    output logits ``(batch, n_leads, 4, n)``.
    """

    def __init__(
        self,
        channels: int = 48,
        kernel: int = 5,
        stem_kernel: int = 20,
        lead_dilations: tuple[int, ...] = (1, 2),
        fused_dilations: tuple[int, ...] = (1, 2, 4, 8, 16),
        own_dilations: tuple[int, ...] = (1, 2),
    ) -> None:
        super().__init__()
        self.stem = nn.Conv1d(
            1, channels, stem_kernel, STRIDE, padding=(stem_kernel - STRIDE) // 2, bias=False
        )
        self.stem_norm = nn.BatchNorm1d(channels)
        self.lead = nn.ModuleList(Block(channels, kernel, dilation) for dilation in lead_dilations)
        self.attention = nn.Conv1d(channels, HEADS, 1)
        self.fused = nn.ModuleList(Block(channels, kernel, dilation) for dilation in fused_dilations)
        self.back = nn.Conv1d(channels, channels, 1)
        self.own = nn.ModuleList(Block(channels, kernel, dilation) for dilation in own_dilations)
        self.dropout = nn.Dropout1d(0.1)
        self.head = nn.Conv1d(channels, STRIDE * CLASSES, 1)

    def forward(self, x: Tensor) -> Tensor:
        batch, leads, n = x.shape
        h = torch.relu(self.stem_norm(self.stem(x.reshape(batch * leads, 1, n))))
        for block in self.lead:
            h = block(h)
        channels, steps = h.shape[1], n // STRIDE
        weight = torch.softmax(self.attention(h).reshape(batch, leads, HEADS, 1, steps), dim=1)
        by_head = h.reshape(batch, leads, HEADS, channels // HEADS, steps)
        fused = (by_head * weight).sum(dim=1).reshape(batch, channels, steps)
        for block in self.fused:
            fused = block(fused)
        back = self.back(fused).reshape(batch, 1, channels, steps)
        h = (h.reshape(batch, leads, channels, steps) + back).reshape(batch * leads, channels, steps)
        for block in self.own:
            h = block(h)
        logits = self.head(self.dropout(h)).reshape(batch, leads, CLASSES, STRIDE, steps)
        out: Tensor = logits.transpose(3, 4).reshape(batch, leads, CLASSES, n)
        return out
