"""How often the lead checks are wrong, and what they find.

    python bench/lead_checks.py --ptb-xl ROOT --ludb ROOT [--records 600]

Each record is checked as it is and with the arm leads swapped (I -> -I, II <-> III, aVR <-> aVL), with V6
in place of V5, with aVF inverted, and a thousand times too large. Warnings on records as they are count as
false alarms, though a few of the records may indeed be so. The weights of the arm lead check were set on
every third PTB-XL record of those at hand; the other records are measured here.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from einthoven.formats import read
from einthoven.recording import Recording
from einthoven.signal.lead_checks import check_leads
from einthoven.signal.quality import assess_quality
from einthoven.signal.rpeaks import detect_r_peaks

SAYS = {
    "arm leads swapped": "arm leads seem to be swapped",
    "I down, aVR up": "or swapped arm leads",
    "Einthoven's law": "Einthoven's law",
    "of these, scaled": "scaled one by one",
    "amplitude": "times too",
    "identical leads": "are identical",
}


def swap_arms(recording: Recording) -> Recording:
    """Exchange the electrodes of the left and the right arm."""
    rows = {name: i for i, name in enumerate(recording.leads)}
    signals = recording.signals.copy()
    signals[rows["I"]] *= -1
    for a, b in (("II", "III"), ("aVR", "aVL")):
        signals[[rows[a], rows[b]]] = signals[[rows[b], rows[a]]]
    return replace(recording, signals=signals)


def copy_lead(recording: Recording) -> Recording:
    """Put V6 in place of V5."""
    signals = recording.signals.copy()
    signals[recording.leads.index("V5")] = signals[recording.leads.index("V6")]
    return replace(recording, signals=signals)


def invert_avf(recording: Recording) -> Recording:
    """Turn aVF upside down."""
    signals = recording.signals.copy()
    signals[recording.leads.index("aVF")] *= -1
    return replace(recording, signals=signals)


def thousandfold(recording: Recording) -> Recording:
    """Declare microvolt as millivolt."""
    return replace(recording, signals=recording.signals * 1000)


CHANGES: dict[str, Callable[[Recording], Recording]] = {
    "as it is": lambda recording: recording,
    "arms swapped": swap_arms,
    "V6 as V5": copy_lead,
    "aVF inverted": invert_avf,
    "x 1000": thousandfold,
}


def measure(paths: list[Path], title: str) -> None:
    """Print one row a change: the share of records with each warning."""
    counts = {name: Counter[str]() for name in CHANGES}
    alarms: dict[str, list[str]] = {name: [] for name in SAYS}
    done = 0
    for path in paths:
        recording = read(path)
        peaks = detect_r_peaks(recording.signals, recording.fs)
        if not len(peaks):
            continue
        done += 1
        for name, change in CHANGES.items():
            changed = change(recording)
            usable = [lead.usable for lead in assess_quality(changed)]
            text = " ".join(check_leads(changed, peaks, usable))
            for kind, words in SAYS.items():
                if words in text:
                    counts[name][kind] += 1
                    if name == "as it is":
                        alarms[kind].append(path.stem)
    print(f"\n{title}: {done} records with beats; percent with each warning")
    print(f"{'':14}" + "".join(f"{kind:>20}" for kind in SAYS))
    for name, found in counts.items():
        print(f"{name:14}" + "".join(f"{100 * found[kind] / max(1, done):20.1f}" for kind in SAYS))
    for kind, names in alarms.items():
        if names:
            print(f"  {kind}, as it is: {', '.join(names[:12])}{' …' if len(names) > 12 else ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ptb-xl", type=Path)
    parser.add_argument("--ludb", type=Path)
    parser.add_argument("--records", type=int, default=600)
    arguments = parser.parse_args()
    if arguments.ptb_xl:
        paths = sorted(arguments.ptb_xl.glob("records500/*/*.hea"))
        rest = [path for i, path in enumerate(paths) if i % 3]
        measure(rest[:: max(1, len(rest) // arguments.records)][: arguments.records], "PTB-XL, 500 Hz")
    if arguments.ludb:
        paths = [path for path in arguments.ludb.glob("data/*.hea") if re.fullmatch(r"\d+", path.stem)]
        measure(sorted(paths, key=lambda path: int(path.stem)), "LUDB")


if __name__ == "__main__":
    main()
