"""What our codes are called in LOINC, SNOMED CT and ISO/IEEE 11073, where one of them means the same.

A code is listed only where its meaning is ours: a wrong code is worse than none, and the text always stands
beside it. LOINC: https://loinc.org, class EKG.MEAS. ISO/IEEE 11073-10102 as in DICOM PS3.16 CID 3229, 3688
and 3689; a measurement of one lead is the code of the measurement plus that of the lead.
"""

from __future__ import annotations

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
MDC = "urn:iso:std:iso:11073:10101"
OWN = "urn:einthoven:code"
UCUM = "http://unitsofmeasure.org"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"

EKG_STUDY = (LOINC, "11524-6", "EKG study")
AGE = (LOINC, "30525-0", "Age")
_PARTITION_2 = 2 << 16  # 11073 partition 2, where the ECG's terms are

# Our code → system, code, display.
MEASUREMENTS: dict[str, tuple[str, str, str]] = {
    "heart_rate": (LOINC, "8867-4", "Heart rate"),
    "pr": (LOINC, "8625-6", "P-R Interval"),
    "qrs": (LOINC, "8633-0", "QRS duration"),
    "qt": (LOINC, "8634-8", "Q-T interval"),
    "qtc_bazett": (LOINC, "76635-2", "Q-T interval corrected based on Bazett formula"),
    "qtc_fridericia": (LOINC, "76634-5", "Q-T interval corrected based on Fridericia formula"),
    "qtc_framingham": (LOINC, "8636-3", "Q-T interval corrected"),
    "axis_p": (LOINC, "8626-4", "P wave axis"),
    "axis_qrs": (LOINC, "8632-2", "QRS axis"),
    "axis_t": (LOINC, "8638-9", "T wave axis"),
    "p_duration": (MDC, str(_PARTITION_2 + 16184), "MDC_ECG_TIME_PD_P_GL"),
    "sdnn": (LOINC, "80404-7", "R-R interval.standard deviation (Heart rate variability)"),
}
# The method where one code serves several formulas, or the code does not say.
METHODS = {"qtc_framingham": "Framingham formula (Sagie et al. 1992)"}

# P and T amplitudes have codes for their highest and lowest value, which is not what is measured here.
_OF_A_LEAD = {"q_amplitude": 1792, "r_amplitude": 2048, "s_amplitude": 2304, "st_j60": 14336}
_LEADS = {
    "I": 1, "II": 2, "V1": 3, "V2": 4, "V3": 5, "V4": 6, "V5": 7, "V6": 8,
    "III": 61, "aVR": 62, "aVL": 63, "aVF": 64,
}  # fmt: skip

UNITS = {"/min": "/min", "ms": "ms", "deg": "deg", "mV": "mV", "%": "%", "": "1"}

# SNOMED CT has narrower or wider terms than the superclasses ST/T change, conduction disturbance and
# hypertrophy; they go without.
FINDINGS = {
    "mi": "164865005",  # electrocardiographic myocardial infarction
    "superclass_MI": "164865005",
    "superclass_NORM": "164854000",  # electrocardiogram normal
    "ectopy_S": "63593006",  # supraventricular premature beats
    "ectopy_V": "17338001",  # ventricular premature beats
    "ectopy_F": "13640000",  # fusion beats
    "couplet_V": "251182009",  # paired ventricular premature complexes
    "bigeminy_V": "11157007",
    "trigeminy_V": "251180001",
    "bigeminy_S": "251168009",
    "tachycardia": "3424008",
    "bradycardia": "48867003",
}
DECISIONS = {
    "present": (SNOMED, "52101004", "Present"),
    "absent": (SNOMED, "2667000", "Absent"),
    "borderline": (SNOMED, "42425007", "Equivocal"),
}


def of_lead(code: str, lead: str) -> tuple[str, str, str] | None:
    """Return the 11073 code of a measurement in a lead, or None where there is none."""
    if code not in _OF_A_LEAD or lead not in _LEADS:
        return None
    names = {
        "q_amplitude": "MDC_ECG_AMPL_Q", "r_amplitude": "MDC_ECG_AMPL_R", "s_amplitude": "MDC_ECG_AMPL_S",
        "st_j60": "MDC_ECG_AMPL_ST_60",
    }  # fmt: skip
    return MDC, str(_PARTITION_2 + _OF_A_LEAD[code] + _LEADS[lead]), f"{names[code]}_{lead.upper()}"
