import { text } from "./index";

const units = text.units;
const THIN = "\u202f";

/** A number with `digits` decimals and thin spaces between thousands, or a dash where there is none. */
export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const [whole, rest] = Math.abs(value).toFixed(digits).split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, THIN);
  const body = rest === undefined ? grouped : `${grouped}.${rest}`;
  return value < 0 && Number(value.toFixed(digits)) !== 0 ? `−${body}` : body;
}

/** A text of the service that was written with "1,234" and "-0.5", with thin spaces and a true minus. */
export function prose(written: string): string {
  return written.replace(/(?<=\d),(?=\d{3}(?!\d))/g, THIN).replace(/(?<![\w.,)\]-])-(?=\.?\d)/g, "−");
}

/** A sentence with its first letter large, unless that is the name of a file. */
export function sentence(written: string): string {
  return /^\S*[._]\w/.test(written) ? written : written.charAt(0).toUpperCase() + written.slice(1);
}

/** The name of a class as people write it: `history_of_mi` has no underscores. */
export function named(key: string): string {
  return text.models.names[key] ?? key.replace(/_/g, " ");
}

/** Speed or gain of the paper: as many decimals as it needs, two at most where it is not tiny. */
export function scale(value: number): string {
  const rounded = Number(value.toFixed(value < 0.1 ? 4 : 2));
  return number(rounded, String(rounded).split(".")[1]?.length ?? 0);
}

/** A share in percent (0 to 100); what is there but tiny is not shown as nothing, nor nearly all as all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.1) return units.below;
  if (share <= 0 || share >= 99.95) return units.percentOf(share.toFixed(0));
  return units.percentOf(share.toFixed(1));
}

/** A probability, never rounded to certainty. */
export function chance(probability: number | null | undefined): string {
  if (probability === null || probability === undefined || !Number.isFinite(probability)) return "–";
  if (probability > 0.995) return "> 0.99";
  if (probability < 0.005) return "< 0.01";
  return probability.toFixed(2);
}

/** A length of time for people: 9.8 s, 30 min, 24 h 5 min. */
export function length(seconds: number): string {
  if (seconds < 100) return units.seconds(Number.isInteger(seconds) ? String(seconds) : seconds.toFixed(1));
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return units.minutes(String(minutes));
  return units.hours(Math.floor(minutes / 60), minutes % 60);
}

/** How long ago, for lists. */
export function ago(iso: string, now = Date.now()): string {
  const then = new Date(iso);
  const minutes = (now - then.getTime()) / 60000;
  if (minutes < 1) return units.ago.now;
  if (minutes < 60) return units.ago.minutes(Math.floor(minutes));
  if (minutes < 24 * 60) return units.ago.hours(Math.floor(minutes / 60));
  if (minutes < 48 * 60) return units.ago.yesterday;
  return then.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
