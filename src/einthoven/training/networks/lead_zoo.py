"""The networks for 12-lead records, by the name a recipe gives, and several of them as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.conv_lstm import ConvLstm, ConvLstmOptions
from einthoven.training.networks.lead_resnet import LeadResNet, LeadResNetOptions
from einthoven.training.networks.lead_trunk import LeadTrunk, LeadTrunkOptions

LeadNetwork = Annotated[LeadTrunkOptions | LeadResNetOptions | ConvLstmOptions, Field(discriminator="name")]
Network = LeadTrunk | LeadResNet | ConvLstm
N_LEADS = 12


def make_lead_network(options: LeadNetwork, n_outputs: int) -> Network:
    """Return an untrained network: ``(batch, 12, n_times)`` and ``(batch, 12)`` in, logits out."""
    match options:
        case LeadTrunkOptions():
            network: Network = LeadTrunk(N_LEADS, n_outputs, options)
        case LeadResNetOptions():
            network = LeadResNet(N_LEADS, n_outputs, options)
        case ConvLstmOptions():
            network = ConvLstm(N_LEADS, n_outputs, options)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


class Ensemble(nn.Module):
    """The mean of the first ``n_outputs`` logits of several networks; the others were learnt beside.

    Args:
        members: the networks.
        n_outputs: how many logits are answered.
        few: networks that answer with the members where few leads are known.
        few_up_to: how many leads are few.
        few_share: weight of the mean of ``few`` there; the mean of the members has the rest.
    """

    def __init__(
        self,
        members: Sequence[Network],
        n_outputs: int,
        few: Sequence[Network] = (),
        few_up_to: int = 0,
        few_share: float = 1.0,
    ) -> None:
        super().__init__()
        for member in (*members, *few):
            head = nn.Linear(member.head.in_features, n_outputs)
            head.weight = nn.Parameter(member.head.weight.detach()[:n_outputs].clone())
            head.bias = nn.Parameter(member.head.bias.detach()[:n_outputs].clone())
            member.head = head
        self.members = nn.ModuleList(members)
        self.few = nn.ModuleList(few)
        self.few_up_to, self.few_share = few_up_to, few_share

    def forward(self, ecg: Tensor, known: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)``; see the networks."""
        answer = torch.stack([member(ecg, known) for member in self.members]).mean(0)
        if not len(self.few):
            return answer
        of_few = torch.stack([member(ecg, known) for member in self.few]).mean(0)
        both = (1 - self.few_share) * answer + self.few_share * of_few
        return torch.where(known.sum(1, keepdim=True) <= self.few_up_to, both, answer)
