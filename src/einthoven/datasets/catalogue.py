"""What is known of each public data set: where it is, what it holds, under which licence, how to cite it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from einthoven.datasets.roots import data_root
from einthoven.errors import DataError, did_you_mean

PHYSIONET_CITATION = (
    "Goldberger AL, Amaral LAN, Glass L, et al. PhysioBank, PhysioToolkit, and PhysioNet: components of a "
    "new research resource for complex physiologic signals. Circulation 101(23):e215-e220, 2000. "
    "doi:10.1161/01.CIR.101.23.e215"
)
STANDARD_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


@dataclass(frozen=True, slots=True)
class Split:
    """A division of the records that others have published results on.

    Attributes:
        source: the publication that defines it.
        parts: name of each part → its records (or, for rows in a file, that file).
        remark: what one must know before comparing results on it.
    """

    source: str
    parts: dict[str, tuple[str, ...]]
    remark: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class DataSet:
    """One public data set, as its publisher describes it.

    Attributes:
        name: its folder under the data root, and what the command line calls it.
        title: the publisher's title.
        version: the publisher's version.
        page: address of its page.
        licence: short name of the licence.
        citations: how to cite it, with DOI.
        download_bytes: about how much ``einthoven data get`` loads.
        fs: sampling rate in Hz.
        leads: lead names; empty where they differ from record to record.
        n_leads: number of leads of a record.
        records: all record names, in the publisher's order; empty where rows, not records, are published.
        unannotated: those of ``records`` that have no reference beats.
        suffixes: of the files that make up a record; ``.atr`` holds reference beats.
        tables: files of the set as a whole, without which its records are of little use.
        files: for a set of rows: its files.
        n_rows: for a set of rows: how many in all.
        patients: record → patient id, where a record is not of a person of its own.
        patient_in_header: each record's header names its patient (``# patient 7``).
        patient_in_table: a table of the set says whose record it is, by its ``ecg_id``.
        split: the split used in publications, or None.
        address: where the files are, or None where nobody can load them without an account.
        by_hand: for a set without ``address``: how to get it.
        remark: what a user must know.
    """

    name: str
    title: str
    version: str
    page: str
    licence: str
    citations: tuple[str, ...]
    download_bytes: int
    fs: float
    n_leads: int
    leads: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    unannotated: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = (".dat", ".atr", ".hea")
    tables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    n_rows: int = 0
    patients: dict[str, str] = field(default_factory=dict)
    patient_in_header: bool = False
    patient_in_table: bool = False
    split: Split | None = None
    address: str | None = None
    by_hand: str = ""
    remark: str = ""

    def folder(self, root: Path | None = None) -> Path:
        """Return where the set lies under ``root`` (default: `data_root`), whether it is there or not."""
        return (root or data_root()) / self.name

    def files_of(self, record: str) -> tuple[str, ...]:
        """Return the files that make up a record: signals, reference beats where there are any, header."""
        return tuple(
            f"{record}{suffix}"
            for suffix in self.suffixes
            if suffix != ".atr" or record not in self.unannotated
        )

    @property
    def has_beats(self) -> bool:
        """Whether its records come with reference beats."""
        return bool(self.records) and ".atr" in self.suffixes

    def present(self, root: Path | None = None) -> tuple[str, ...]:
        """Return the records (of a set of rows: the files) that are here with all that belongs to them."""
        folder = self.folder(root)
        if not self.records:
            return tuple(name for name in self.files if (folder / name).is_file())
        # Each folder is listed once: asking for tens of thousands of files one by one takes seconds.
        here = {
            f"{below}{name}"
            for below in {record.rpartition("/")[0] + "/" * ("/" in record) for record in self.records}
            for name in _files_in(folder / below)
        }
        return tuple(record for record in self.records if here.issuperset(self.files_of(record)))

    def patient(self, record: str, root: Path | None = None) -> str:
        """Return whose record it is, as ``SET/PERSON``, unique over all data sets.

        Records of one patient must never be on two sides of a split.

        Raises:
            DataError: the header or table that would say so is not here, or does not say so.
        """
        if self.patient_in_table:
            from einthoven.datasets.ptb_xl import patient_of

            return f"{self.name}/{patient_of(self.folder(root), record)}"
        if not self.patient_in_header:
            return self.patients.get(record, f"{self.name}/{record}")
        from einthoven.formats.wfdb.header import read_header

        path = self.folder(root) / f"{record}.hea"
        if not path.is_file():
            raise DataError(f"{path} is not there, and only it says whose record it is.")
        for comment in read_header(path).comments:
            match = re.fullmatch(r"\s*patient\s+(\d+)\s*", comment)
            if match is not None:
                return f"{self.name}/{match[1]}"
        raise DataError(f"{path} names no patient (a comment such as '# patient 7'). Load the set again.")

    def part(self, name: str) -> tuple[str, ...]:
        """Return the records of one part of the official split.

        Raises:
            DataError: the set has no official split, or none of its parts has that name.
        """
        if self.split is None:
            raise DataError(
                f"{self.name} has no official split. Name the records, or cross-validate over patients."
            )
        if name not in self.split.parts:
            parts = tuple(self.split.parts)
            raise DataError(
                f"{self.name} has no part {name!r}; it has {', '.join(parts)}.{did_you_mean(name, parts)}"
            )
        return self.split.parts[name]


def _files_in(folder: Path) -> list[str]:
    """Names of the files in a folder; of none where it is not there."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_file()]


def _numbers(*ranges: tuple[int, int]) -> tuple[str, ...]:
    return tuple(str(number) for first, last in ranges for number in range(first, last + 1))


_NOISE_LEVELS = ("24", "18", "12", "06", "00", "_6")  # dB
_DS1 = "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230"
_DS2 = "100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 233 234"

MITDB = DataSet(
    name="mitdb",
    title="MIT-BIH Arrhythmia Database",
    version="1.0.0",
    page="https://physionet.org/content/mitdb/1.0.0/",
    licence="ODC-By 1.0",
    citations=(
        "Moody GB, Mark RG. The impact of the MIT-BIH Arrhythmia Database. IEEE Engineering in Medicine and "
        "Biology Magazine 20(3):45-50, 2001. doi:10.1109/51.932724; data: doi:10.13026/C2F305",
        PHYSIONET_CITATION,
    ),
    download_bytes=94_000_000,
    fs=360.0,
    n_leads=2,
    records=_numbers((100, 109), (111, 119), (121, 124), (200, 203), (205, 205), (207, 210), (212, 215))
    + _numbers((217, 217), (219, 223), (228, 228), (230, 234)),
    patients={"202": "mitdb/201"},
    split=Split(
        source="de Chazal P, O'Dwyer M, Reilly RB. IEEE Trans Biomed Eng 51(7):1196-1206, 2004. "
        "doi:10.1109/TBME.2004.827359",
        parts={"DS1": tuple(_DS1.split()), "DS2": tuple(_DS2.split()), "paced": ("102", "104", "107", "217")},
        remark="One patient is on both sides: 201 is in DS1, 202 in DS2.",
    ),
    address="https://physionet.org/files/mitdb/1.0.0/",
    remark="Leads differ: MLII and V1 mostly; 102 and 104 have no MLII, the leads of 114 are swapped.",
)

SVDB = DataSet(
    name="svdb",
    title="MIT-BIH Supraventricular Arrhythmia Database",
    version="1.0.0",
    page="https://physionet.org/content/svdb/1.0.0/",
    licence="ODC-By 1.0",
    citations=(
        "Greenwald SD. Improved detection and classification of arrhythmias in noise-corrupted "
        "electrocardiograms using contextual information. PhD thesis, Harvard-MIT Division of Health "
        "Sciences and Technology, 1990. Data: doi:10.13026/C2V30W",
        PHYSIONET_CITATION,
    ),
    download_bytes=54_200_000,
    fs=128.0,
    n_leads=2,
    leads=("ECG1", "ECG2"),
    records=_numbers((800, 812), (820, 829), (840, 894)),
    address="https://physionet.org/files/svdb/1.0.0/",
    remark="The publisher names no patients; each record is taken for one.",
)

INCARTDB = DataSet(
    name="incartdb",
    title="St Petersburg INCART 12-lead Arrhythmia Database",
    version="1.0.0",
    page="https://physionet.org/content/incartdb/1.0.0/",
    licence="ODC-By 1.0",
    citations=(
        "Tihonenko V, Khaustov A, Ivanov S, Rivin A. St.-Petersburg Institute of Cardiological Technics "
        "12-lead Arrhythmia Database. PhysioNet, 2008. doi:10.13026/C2V88N",
        PHYSIONET_CITATION,
    ),
    download_bytes=833_000_000,
    fs=257.0,
    n_leads=12,
    leads=STANDARD_LEADS,
    records=tuple(f"I{number:02d}" for number in range(1, 76)),
    patient_in_header=True,
    address="https://physionet.org/files/incartdb/1.0.0/",
    remark="75 records of 32 patients; each header names its patient.",
)

NSTDB = DataSet(
    name="nstdb",
    title="MIT-BIH Noise Stress Test Database",
    version="1.0.0",
    page="https://physionet.org/content/nstdb/1.0.0/",
    licence="ODC-By 1.0",
    citations=(
        "Moody GB, Muldrow WE, Mark RG. A noise stress test for arrhythmia detectors. Computers in "
        "Cardiology 11:381-384, 1984. Data: doi:10.13026/C2HS3T",
        PHYSIONET_CITATION,
    ),
    download_bytes=31_900_000,
    fs=360.0,
    n_leads=2,
    records=(*(f"{name}e{level}" for name in (118, 119) for level in _NOISE_LEVELS), "bw", "em", "ma"),
    unannotated=frozenset({"bw", "em", "ma"}),
    patients={f"{name}e{level}": f"mitdb/{name}" for name in (118, 119) for level in _NOISE_LEVELS},
    address="https://physionet.org/files/nstdb/1.0.0/",
    remark="bw, em and ma are noise alone; the others are mitdb 118 and 119 with noise added.",
)

HEARTBEAT = DataSet(
    name="heartbeat",
    title="ECG Heartbeat Categorization Dataset (Kaggle)",
    version="1",
    page="https://www.kaggle.com/datasets/shayanfazeli/heartbeat",
    licence="ODC-By 1.0 (its sources, mitdb and ptbdb)",
    citations=(
        "Kachuee M, Fazeli S, Sarrafzadeh M. ECG heartbeat classification: a deep transferable "
        "representation. IEEE International Conference on Healthcare Informatics, 2018. "
        "doi:10.1109/ICHI.2018.00092, arXiv:1805.00794",
        *MITDB.citations,
    ),
    download_bytes=583_000_000,
    fs=125.0,
    n_leads=1,
    files=("mitbih_train.csv", "mitbih_test.csv", "ptbdb_normal.csv", "ptbdb_abnormal.csv"),
    n_rows=87_554 + 21_892 + 4_046 + 10_506,
    split=Split(
        source="Kachuee et al. 2018, as published on Kaggle",
        parts={"train": ("mitbih_train.csv",), "test": ("mitbih_test.csv",)},
        remark="At random over beats: the same patients are on both sides, scores say nothing of new ones.",
    ),
    by_hand=(
        "The CSV files are on Kaggle, which gives them only to users who log in; Einthoven asks for no "
        "credentials. Either download them in a browser from {page} and unpack {files} into {folder}, or "
        "rebuild such rows from the raw records: einthoven data get mitdb, then "
        "einthoven data prepare heartbeat --from mitdb."
    ),
    remark="Rows of 187 samples and a class 0-4 = N S V F Q; which record a row is from was not kept.",
)

_PTB_XL_IDS = range(1, 21_838)

PTB_XL = DataSet(
    name="ptb-xl",
    title="PTB-XL, a large publicly available electrocardiography dataset",
    version="1.0.1",
    page="https://physionet.org/content/ptb-xl/1.0.1/",
    licence="CC BY 4.0",
    citations=(
        "Wagner P, Strodthoff N, Bousseljot RD, et al. PTB-XL, a large publicly available electrocardiography"
        " dataset. Scientific Data 7:154, 2020. doi:10.1038/s41597-020-0495-6; data: doi:10.13026/x4td-x982",
        "Strodthoff N, Wagner P, Schaeffter T, Samek W. Deep Learning for ECG Analysis: Benchmarks and "
        "Insights from PTB-XL. IEEE Journal of Biomedical and Health Informatics 25(5):1519-1528, 2021. "
        "doi:10.1109/JBHI.2020.3022989",
        PHYSIONET_CITATION,
    ),
    download_bytes=3_190_000_000,
    fs=500.0,
    n_leads=12,
    leads=STANDARD_LEADS,
    records=tuple(
        f"records{rate}/{number // 1000 * 1000:05d}/{number:05d}_{suffix}"
        for rate, suffix in ((100, "lr"), (500, "hr"))
        for number in _PTB_XL_IDS
    ),
    suffixes=(".dat", ".hea"),
    tables=("ptbxl_database.csv", "scp_statements.csv"),
    patient_in_table=True,
    address="https://physionet.org/files/ptb-xl/1.0.1/",
    remark="21,837 recordings, each at 100 and at 500 Hz. Version 1.0.3 leaves out 38 that are duplicates; "
    "benchmarks were published on this one. Folds 1-8 train, 9 validates, 10 tests.",
)

LUDB = DataSet(
    name="ludb",
    title="Lobachevsky University Electrocardiography Database",
    version="1.0.1",
    page="https://physionet.org/content/ludb/1.0.1/",
    licence="ODC-By 1.0",
    citations=(
        "Kalyakulina AI, Yusipov II, Moskalenko VA, et al. LUDB: a new open-access validation tool for "
        "electrocardiogram delineation algorithms. IEEE Access 8:186181-186190, 2020. "
        "doi:10.1109/ACCESS.2020.3029211",
        PHYSIONET_CITATION,
    ),
    download_bytes=24_600_000,
    fs=500.0,
    n_leads=12,
    leads=STANDARD_LEADS,
    records=tuple(f"data/{number}" for number in range(1, 201)),
    suffixes=(".dat", *(f".{lead.lower()}" for lead in STANDARD_LEADS), ".hea"),
    tables=("ludb.csv",),
    address="https://physionet.org/files/ludb/1.0.1/",
    remark="200 records of 200 people, 10 s each; onset, peak and end of P, QRS and T in each lead.",
)

CATALOGUE: dict[str, DataSet] = {
    data_set.name: data_set for data_set in (MITDB, SVDB, INCARTDB, NSTDB, HEARTBEAT, PTB_XL, LUDB)
}


def find(name: str) -> DataSet:
    """Return the data set of that name.

    Raises:
        DataError: the catalogue has none.
    """
    if name not in CATALOGUE:
        raise DataError(
            f"There is no data set {name!r}; the catalogue has {', '.join(CATALOGUE)}."
            f"{did_you_mean(name, tuple(CATALOGUE))}"
        )
    return CATALOGUE[name]
