"""What a user of NeuroKit2 runs for one record: file → ``ecg_process`` → JSON, as a process of its own."""

from __future__ import annotations

import json
import sys

import neurokit2
import wfdb


def main(record: str) -> None:
    signals, fields = wfdb.rdsamp(record.removesuffix(".hea"))
    _, found = neurokit2.ecg_process(signals[:, 0], sampling_rate=int(fields["fs"]))
    json.dump({"r_peaks": [int(sample) for sample in found["ECG_R_Peaks"]]}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
