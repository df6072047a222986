"""Live streams: patients on WebSockets in real time, against a service of its own on this machine.

    python bench/live_streams.py --patients 8 --seconds 60

Added delay is what comes on top of what a beat must wait for: from the moment at which the sample half a
second behind its R peak was sent to the moment at which the beat was heard.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))
from running_service import free_port, running

from einthoven.service.settings import Settings
from einthoven.signal.simulator import simulate

FS, LEADS, PIECE_S = 360.0, ("MLII", "V1"), 0.05


def patient(url: str, seed: int, seconds: float, delays: list[float], counts: list[tuple[int, int]]) -> None:
    """Stream one simulated patient in real time and note when each beat is heard for the first time."""
    recording = simulate(
        seconds + 2, FS, LEADS, heart_rate=60 + 5 * seed, v_probability=0.05, s_probability=0.03, seed=seed
    )
    assert recording.beats is not None
    samples = recording.signals.T.astype("<f4")
    heard: dict[int, float] = {}
    with connect(f"{url}/v1/live?fs={FS:g}&leads={','.join(LEADS)}", max_size=None) as socket:
        ready = json.loads(socket.recv(timeout=120))
        ahead = ready["look_ahead_s"]
        n = round(PIECE_S * FS)
        sent: list[tuple[int, float]] = []

        def listen() -> None:
            for text in socket:
                message = json.loads(text)
                if message["type"] == "beat":
                    heard.setdefault(message["sample"], time.monotonic())

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        began = time.monotonic()
        for first in range(0, round(seconds * FS), n):
            time.sleep(max(0.0, began + (first + n) / FS - time.monotonic()))
            socket.send(samples[first : first + n].tobytes())
            sent.append((first + n, time.monotonic()))
        time.sleep(2.0)
    ends, moments = np.array([s for s, _ in sent]), [m for _, m in sent]
    for sample, moment in sorted(heard.items())[3:]:  # the first three wait for each other
        place = int(np.searchsorted(ends, sample + ahead * FS))
        if place < len(moments):
            delays.append(moment - moments[place])
    expected = int((recording.beats.samples < (seconds - ahead - 0.2) * FS).sum())
    counts.append((len(heard), expected))


def main() -> None:
    """Start a service, stream, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    delays: list[float] = []
    counts: list[tuple[int, int]] = []
    with (
        tempfile.TemporaryDirectory(prefix="einthoven-live-") as folder,
        running(Settings(data=Path(folder), port=free_port(), workers=1)) as service,
    ):
        time.sleep(10)  # the worker warms up
        url = service.url.replace("http", "ws")
        threads = [
            threading.Thread(target=patient, args=(url, i, given.seconds, delays, counts))
            for i in range(given.patients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    late = np.array(delays)
    figures = {
        "patients": given.patients,
        "seconds": given.seconds,
        "beats": len(delays),
        "heard_and_sent": counts,
        "added_delay_s": {f"p{p}": round(float(np.percentile(late, p)), 3) for p in (50, 95, 99, 100)},
        "delay_of_the_last_tenth_p95_s": round(float(np.percentile(late[-len(late) // 10 :], 95)), 3),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
