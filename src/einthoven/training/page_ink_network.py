"""The ink network: for each pixel of a rectified page, how much of it each kind of ink covers."""

from __future__ import annotations

import torch
from torch import nn

KINDS = ("trace", "text", "pulse", "separator")
WIDTHS = (16, 32, 48, 72)  # at strides 2, 4, 8, 16


class Convolution(nn.Sequential):
    """3 x 3 convolution, batch normalisation, ReLU."""

    def __init__(self, n_in: int, n_out: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True)
        )


class Residual(nn.Module):
    """``x`` and what one convolution adds to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch = Convolution(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = x + self.branch(x)
        return added


class InkNetwork(nn.Module):
    """A small U-Net (Ronneberger et al. 2015, arXiv 1505.04597) that works on 2 x 2 blocks of pixels.

    Deviations: blocks of pixels become channels at the entrance and pixels again at the exit, so that the
    widest maps have a quarter of the pixels; sums instead of concatenations join the two halves.

    Input float32 ``(n, n_in, height, width)``, sides multiples of the last stride: ink strength 0 (paper) to
    1 for red, green, blue. Output ``(n, n_out, height, width)``: logits of the coverage by each of `KINDS`.
    """

    def __init__(self, n_in: int = 3, n_out: int = len(KINDS), widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        first, *deeper = widths
        self.entrance = nn.Sequential(nn.PixelUnshuffle(2), Convolution(4 * n_in, first), Residual(first))
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        self.join = nn.ModuleList()
        for above, width in zip(widths, deeper, strict=False):
            self.down.append(nn.Sequential(Convolution(above, width, 2), Residual(width), Residual(width)))
            self.up.append(nn.Sequential(nn.Conv2d(width, above, 1), nn.Upsample(scale_factor=2)))
            self.join.append(Residual(above))
        self.exit = nn.Sequential(nn.Conv2d(first, 4 * n_out, 1), nn.PixelShuffle(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        levels = [self.entrance(x)]
        for down in self.down:
            levels.append(down(levels[-1]))
        deep = levels.pop()
        for up, join in zip(reversed(self.up), reversed(self.join), strict=True):
            deep = join(levels.pop() + up(deep))
        logits: torch.Tensor = self.exit(deep)
        return logits
