"""How the gate judges folders of pictures: ECGs accepted, others refused, and which were wrong.

    python bench/gate.py --positives DIR --negatives DIR [--out FILE.json]

Every file below the folders is judged; a file that cannot be loaded counts as refused. Shares come with 95 %
Wilson intervals, also for each first-level folder.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import defaultdict
from pathlib import Path

from einthoven.errors import PageError
from einthoven.paper.gate import judge
from einthoven.paper.pages import load_pages


def wilson(right: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return middle - half, middle + half


def judged(root: Path, positive: bool) -> tuple[dict[str, list[bool]], list[str], list[float]]:
    """Return whether pictures were judged rightly, by folder; the wrong ones; seconds for each picture."""
    sources: dict[str, list[bool]] = defaultdict(list)
    wrong, seconds = [], []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        parts = path.relative_to(root).parts
        try:
            pixels = load_pages(path, pages=[1])[0].pixels
        except PageError as error:
            accepted, said = False, str(error)
        else:
            begin = time.perf_counter()
            verdict = judge(pixels)
            seconds.append(time.perf_counter() - begin)
            accepted, said = verdict.accepted, f"{verdict.kind}: {'; '.join(verdict.reasons)}"
        sources[parts[0] if len(parts) > 1 else root.name].append(accepted == positive)
        if accepted != positive:
            wrong.append(f"{path}: {said}")
    return sources, wrong, seconds


def main() -> None:
    """Judge both folders and print shares, intervals and errors."""
    parser = argparse.ArgumentParser(description="Measure the gate on folders of pictures.")
    parser.add_argument("--positives", type=Path, help="folder of ECG pictures")
    parser.add_argument("--negatives", type=Path, help="folder of other pictures")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    chosen = parser.parse_args()
    report: dict[str, object] = {}
    for name, root, positive in (
        ("ECGs accepted", chosen.positives, True),
        ("other pictures refused", chosen.negatives, False),
    ):
        if root is None:
            continue
        sources, wrong, seconds = judged(root, positive)
        every = [right for rights in sources.values() for right in rights]
        for source, rights in sorted(sources.items()):
            print(f"  {source:32s} {sum(rights):5d} of {len(rights):5d}")
        low, high = wilson(sum(every), len(every))
        share = sum(every) / max(1, len(every))
        print(f"{name}: {100 * share:.2f} % of {len(every)} ({100 * low:.2f} to {100 * high:.2f} %)")
        for line in wrong:
            print("  wrong:", line)
        if seconds:
            print(f"  median {sorted(seconds)[len(seconds) // 2]:.3f} s a picture")
        report[name] = {
            "share": share,
            "ci95": [low, high],
            "count": len(every),
            "sources": {source: [sum(rights), len(rights)] for source, rights in sources.items()},
            "wrong": wrong,
        }
    if chosen.out:
        chosen.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
