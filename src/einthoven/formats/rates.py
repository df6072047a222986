"""Leads of unequal rate: bring all to the highest one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from einthoven.recording import Float32


def raise_rate(lead: Float32, factor: Fraction) -> Float32:
    """Return ``lead`` at ``factor`` (≥ 1) times its rate, shape ``(ceil(n_samples * factor),)``.

    Band-limited (polyphase FIR, ``scipy.signal.resample_poly``), so that no image of the QRS appears above
    the old Nyquist frequency. Gaps are bridged for the filter and put back as NaN afterwards.
    """
    if factor == 1 or lead.size == 0:
        return lead
    from scipy.signal import resample_poly

    missing = np.isnan(lead)
    n_out = -(-lead.size * factor.numerator // factor.denominator)
    if missing.all():
        return np.full(n_out, np.nan, dtype=np.float32)
    if missing.any():
        at = np.arange(lead.size)
        lead = lead.copy()
        lead[missing] = np.interp(at[missing], at[~missing], lead[~missing])
    # "line" keeps the offset of an ECG electrode from ringing at both ends.
    higher: Float32 = resample_poly(lead, factor.numerator, factor.denominator, padtype="line").astype(
        np.float32
    )
    higher = higher[:n_out]
    if missing.any():
        nearest = np.minimum(np.rint(np.arange(higher.size) / float(factor)).astype(np.int64), lead.size - 1)
        higher[missing[nearest]] = np.nan
    return higher


def to_common_rate(leads: Sequence[Float32], rates: Sequence[float]) -> tuple[Float32, float]:
    """Stack leads at the highest of their rates.

    Args:
        leads: one array of shape ``(n_samples_of_this_lead,)`` a lead, all starting at the same instant.
        rates: sampling rate of each lead in Hz.

    Returns:
        Signals of shape ``(n_leads, n_samples)`` and their rate; a lead that ends early ends in NaN.
    """
    top = max(rates)
    raised = [
        raise_rate(lead, Fraction(top / rate).limit_denominator(1000))
        for lead, rate in zip(leads, rates, strict=True)
    ]
    signals = np.full((len(raised), max(lead.size for lead in raised)), np.nan, dtype=np.float32)
    for row, lead in zip(signals, raised, strict=True):
        row[: lead.size] = lead
    return signals, top


def unequal_rates_warning(labels: Sequence[str], rates: Sequence[float]) -> str:
    """Say which leads were brought to the highest rate."""
    top = max(rates)
    slower = ", ".join(
        f"{label} ({rate:g} Hz)" for label, rate in zip(labels, rates, strict=True) if rate < top
    )
    return f"Leads have unequal rates; {slower} resampled to {top:g} Hz, the highest in the file."
