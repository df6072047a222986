import type { Schemas } from "../api/client";
import { number } from "../text/format";

type Patient = Schemas["PatientPart"];
export type Measurement = Schemas["MeasurementPart"];

const ADULT_YEARS = 18;
export const UNSURE_BELOW = 0.5;
/** ST deviations from this on stand out. */
export const ST_MV = 0.1;

/** What is usual in adults; null where a side has no border. */
export interface Usual {
  low: number | null;
  high: number | null;
}

export function isChild(patient: Patient): boolean {
  return patient.age != null && patient.age < ADULT_YEARS;
}

/**
 * What is usual, or null where nothing is said or the patient is known to be no adult.
 * QRS and axis: Surawicz et al. 2009 (doi 10.1161/CIRCULATIONAHA.108.191095). QTc: Rautaharju et al. 2009
 * (doi 10.1161/CIRCULATIONAHA.108.191096): 450 ms in men, 460 ms in women and where the sex is not known.
 */
export function usual(code: string, patient: Patient): Usual | null {
  if (isChild(patient)) return null;
  if (code.startsWith("qtc_")) return { low: 390, high: patient.sex === "male" ? 450 : 460 };
  const known: Record<string, Usual> = {
    heart_rate: { low: 60, high: 100 },
    p_duration: { low: null, high: 120 },
    pr: { low: 120, high: 200 },
    qrs: { low: null, high: 110 },
    axis_qrs: { low: -30, high: 90 },
  };
  return known[code] ?? null;
}

export function usualWords({ low, high }: Usual): string {
  return low === null ? `≤ ${number(high)}` : `${number(low)}–${number(high)}`;
}

/** On which side of the usual a value lies, as it is printed. */
export function side(value: number, { low, high }: Usual): "above" | "below" | null {
  const printed = Math.round(value);
  if (high !== null && printed > high) return "above";
  return low !== null && printed < low ? "below" : null;
}

/** A value with its unit. */
export function withUnit(measurement: Measurement | undefined): string {
  if (!measurement || measurement.value === null) return "–";
  if (measurement.unit === "deg") return `${number(measurement.value)}°`;
  return `${number(measurement.value, measurement.unit === "mV" ? 2 : 0)} ${measurement.unit}`;
}
