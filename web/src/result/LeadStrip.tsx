import { useId } from "react";
import { text } from "../text";

const SPEED = 25;
const GAIN = 10;
const MARGIN_MM = 3;
const LEAST_MM = 20;

/** The stretch of a lead that a page shows, on paper of 25 mm/s and 10 mm/mV. */
export function LeadStrip({ name, values, fs }: { name: string; values: Float32Array; fs: number }) {
  const grid = useId();
  const from = values.findIndex(Number.isFinite);
  if (from < 0) return null;
  const to = values.findLastIndex(Number.isFinite) + 1;
  const shown = values.subarray(from, to);
  const known = shown.filter(Number.isFinite).sort();
  const middle = known[known.length >> 1]!;
  const top = (known[known.length - 1]! - middle) * GAIN + MARGIN_MM;
  const bottom = (middle - known[0]!) * GAIN + MARGIN_MM;
  const spare = Math.max(0, LEAST_MM - top - bottom) / 2;
  const width = Math.max(((to - from) / fs) * SPEED, 1);
  const height = top + bottom + 2 * spare;
  let d = "";
  let down = false;
  shown.forEach((value, i) => {
    if (Number.isFinite(value)) d += `${down ? "L" : "M"}${((i / fs) * SPEED).toFixed(2)} ${(top + spare - (value - middle) * GAIN).toFixed(2)}`;
    down = Number.isFinite(value);
  });
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={text.page.strip(name)} className="block max-h-56 w-full rounded-lg border border-line bg-[var(--paper)]" preserveAspectRatio="xMinYMid meet">
      <defs>
        <pattern id={grid} width="5" height="5" patternUnits="userSpaceOnUse">
          <path d="M1 0V5M2 0V5M3 0V5M4 0V5M0 1H5M0 2H5M0 3H5M0 4H5" stroke="var(--paper-minor)" strokeWidth="0.12" />
          <path d="M0 0V5M0 0H5" stroke="var(--paper-major)" strokeWidth="0.22" />
        </pattern>
      </defs>
      <rect width={width} height={height} fill={`url(#${grid})`} />
      <path d={d} fill="none" stroke="var(--paper-ink)" strokeWidth="0.4" strokeLinejoin="round" />
    </svg>
  );
}
