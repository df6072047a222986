"""Records for the notebook: a few of MIT-BIH, or simulated patients where these cannot be had."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

import einthoven as ecg
from einthoven.datasets.catalogue import DataSet, find
from einthoven.datasets.database import Database
from einthoven.datasets.download import download
from einthoven.signal.simulator import simulate

LONGEST_DOWNLOAD_S = 60.0
CONNECT_S = 5.0

FS = 360.0  # Hz, as MIT-BIH
MINUTES = 7
N_PATIENTS = 16


def open_records(names: tuple[str, ...], spare: Path) -> Database:
    """Return these MIT-BIH records, from this machine or from PhysioNet; else simulated ones.

    Args:
        names: of the records.
        spare: where simulated records may be written.
    """
    mitdb = find("mitdb")
    missing = sorted(set(names) - set(mitdb.present()))
    if missing:
        print(f"{len(missing)} of {len(names)} records are not on this machine; asking PhysioNet …")
        late = threading.Event()
        clock = threading.Timer(LONGEST_DOWNLOAD_S, late.set)
        clock.daemon = True
        clock.start()
        try:
            download(mitdb, records=missing, attempts=1, timeout=CONNECT_S, stop=late)
        except ecg.DataError as error:
            print(error)
            print(f"So these are NOT recordings of people: {N_PATIENTS} patients are simulated instead.")
            return simulated_records(spare)
        finally:
            clock.cancel()
    print(f"{len(names)} records of the {mitdb.title} ({mitdb.licence})")
    return Database(mitdb, mitdb.folder(), names)


def simulated_records(folder: Path) -> Database:
    """Write simulated patients as WFDB records with annotations, and open them like any other database."""
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(f"s{number:02}" for number in range(1, N_PATIENTS + 1))
    for number, name in enumerate(names, start=1):
        ecg.write(simulated_patient(number, name), folder / f"{name}.hea")
    data_set = DataSet(
        name="simulated",
        title="Simulated patients",
        version="1",
        page="",
        licence="MIT",
        citations=("McSharry et al. 2003, doi:10.1109/TBME.2003.808805",),
        download_bytes=0,
        fs=FS,
        n_leads=1,
        records=names,
    )
    return Database(data_set, folder, names)


def simulated_patient(number: int, name: str) -> ecg.Recording:
    """Return a patient with an own heart axis, rate, ectopic beats and noise; every fourth is paced."""
    chance = np.random.default_rng(number)
    is_paced = number % 4 == 0
    has_fusion = number % 4 == 2
    simulated = simulate(
        60.0 * MINUTES,
        FS,
        ("I", "aVF", "V2"),
        heart_rate=45.0 if is_paced else chance.uniform(55, 90),
        hrv_ms=5.0 if is_paced else chance.uniform(20, 60),
        pattern="V" if is_paced else None,  # a paced beat spreads from the right ventricle as well
        s_probability=chance.choice([0.01, 0.04, 0.1]),
        v_probability=0.12 if has_fusion else chance.choice([0.02, 0.06, 0.12]),
        muscle_mv=chance.uniform(0.01, 0.04),
        seed=number,
    )
    # Three leads at right angles show the heart from all sides; no two hearts lie alike in their chests.
    view = np.array([0.5, 0.8, 0.0]) + chance.normal(0, 0.35, 3)
    signal = (view / np.linalg.norm(view)) @ simulated.signals
    samples, symbols = simulated.beats.samples, simulated.beats.symbols.copy()
    if is_paced:
        symbols[:] = "/"
        spikes = samples - round(0.04 * FS)
        signal[spikes[spikes > 0]] += 0.8
    elif has_fusion:
        fuse(signal, samples, symbols, chance)
    beats = ecg.Beats.from_symbols(samples, symbols)
    return ecg.Recording(signal[np.newaxis], FS, ("MLII",), name=name, source="simulator", beats=beats)


def fuse(signal: np.ndarray, samples: np.ndarray, symbols: np.ndarray, chance: np.random.Generator) -> None:
    """Turn a third of the ventricular beats into fusion beats: half way to a normal beat, in place."""
    before, after = round(0.12 * FS), round(0.42 * FS)
    fade = np.minimum(1, np.minimum(np.arange(before + after), np.arange(before + after)[::-1]) / 15)
    inside = (samples > before) & (samples < len(signal) - after)
    normal = next(at for at in samples[inside & (symbols == "N")])
    for beat in np.flatnonzero(inside & (symbols == "V") & (chance.random(len(samples)) < 1 / 3)):
        here = slice(samples[beat] - before, samples[beat] + after)
        share = 0.5 * fade
        signal[here] = (1 - share) * signal[here] + share * signal[normal - before : normal + after]
        symbols[beat] = "F"
