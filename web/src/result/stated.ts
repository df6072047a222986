import type { Schemas } from "../api/client";

export type Options = Schemas["Options"];
export type Statable = NonNullable<Schemas["AnalysisProblem"]["missing"]>;
/** What may be wrong in a form: something that can be stated, or what a step of the converter is worth. */
export type Fault = Statable | "step" | null;

/** The choice of a unit that is no unit: converter steps, of which each is worth some microvolt. */
export const STEPS = "steps";
const MILLIVOLT: Record<string, number> = { V: 1000, mV: 1, uV: 0.001, nV: 1e-6 };
const DECIMAL = /^\d{1,9}(\.\d{1,9})?$/;

/** What a person wrote into the fields of `StatedFields`. */
export interface Written {
  fs: string;
  unit: string;
  step: string;
  leads: string;
}

export function writtenIn(form: FormData): Written {
  const of = (name: keyof Written): string => String(form.get(name) ?? "").trim();
  return { fs: of("fs").replace(",", "."), unit: of("unit"), step: of("step").replace(",", "."), leads: of("leads") };
}

/** What is stated by it; `fault` names the field that is wrong, or empty though it is `needed`. */
export function optionsOf(written: Written, needed: Statable | null): { options: Options; fault: Fault } {
  const { fs, unit, step } = written;
  const leads = written.leads.split(/[,;\s]+/).filter(Boolean);
  const empty = needed && { fs: !fs, unit: !unit, leads: !leads.length }[needed];
  const noStep = unit === STEPS && !(DECIMAL.test(step) && Number(step) > 0);
  const fault = fs && !(Number(fs) > 0) ? "fs" : noStep ? "step" : empty ? needed : null;
  const options = {
    ...(fs && { fs: Number(fs) }),
    ...(unit && { unit: unit === STEPS ? `${step} uV` : unit }),
    ...(leads.length && { leads }),
  };
  return { options, fault };
}

/** Back from a unit as it was stated to what the fields show. */
export function writtenUnit(unit: string | null | undefined): Pick<Written, "unit" | "step"> {
  const [, number, word] = /^([\d.]+)? ?(\w+)$/.exec(unit ?? "") ?? [];
  if (!number || !word) return { unit: unit ?? "", step: "" };
  return { unit: STEPS, step: String(Number((Number(number) * (MILLIVOLT[word] ?? 1) * 1000).toPrecision(9))) };
}

/** The unit that would make heights usual that are `ratio` times too large; empty where none does. A file that says nothing else was read as millivolt. */
export function likelyUnit(ratio: number | null | undefined, unit: string | null | undefined): string {
  if (!ratio) return "";
  const powers = Math.log10(ratio) / 3;
  const thousands = Math.round(powers);
  // Too low may be microvolt for millivolt as well as volt for it: without the unit there is no telling.
  if (!thousands || Math.abs(powers - thousands) > 0.3 || (!unit && thousands < 0)) return "";
  const right = (MILLIVOLT[unit || "mV"] ?? NaN) / 1000 ** thousands;
  return Object.keys(MILLIVOLT).find((each) => Math.abs(MILLIVOLT[each]! / right - 1) < 0.01) ?? "";
}
