/** Zero-phase filters for the screen: biquads run forwards and backwards. Analyses are made on unfiltered samples. */

export interface Band {
  high: number;
  low: number;
}

export const BANDS: Record<string, Band> = {
  "0.5-40": { high: 0.5, low: 40 },
  "0.5-150": { high: 0.5, low: 150 },
};
/** Seconds beyond each end that the filters need to settle. */
export const SETTLE_S = 4;

type Coefficients = readonly [b0: number, b1: number, b2: number, a1: number, a2: number];

// Butterworth sections after Bristow-Johnson, Audio EQ Cookbook. Two passes of -1.5 dB make -3 dB at the border:
// the border is moved outwards by the factor that brings one pass there.
const TWO_PASSES = (Math.SQRT2 - 1) ** 0.25;

export function section(kind: "high" | "low", border: number, fs: number): Coefficients | null {
  const frequency = kind === "low" ? border / TWO_PASSES : border * TWO_PASSES;
  if (frequency >= 0.49 * fs) return null;
  const w = (2 * Math.PI * frequency) / fs;
  const alpha = Math.sin(w) / Math.SQRT2;
  const cos = Math.cos(w);
  const a0 = 1 + alpha;
  const b = kind === "low" ? (1 - cos) / 2 : (1 + cos) / 2;
  const b1 = kind === "low" ? 1 - cos : -(1 + cos);
  return [b / a0, b1 / a0, b / a0, (-2 * cos) / a0, (1 - alpha) / a0];
}

/** Filter in place; missing samples are bridged by the last one known and stay missing. */
export function filter(values: Float32Array, fs: number, band: Band): Float32Array {
  const missing: number[] = [];
  let last = values.find((value) => value === value) ?? 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== values[i]) {
      missing.push(i);
      values[i] = last;
    } else last = values[i]!;
  }
  for (const coefficients of [section("high", band.high, fs), section("low", band.low, fs)]) {
    if (!coefficients) continue;
    pass(values, coefficients);
    values.reverse();
    pass(values, coefficients);
    values.reverse();
  }
  for (const i of missing) values[i] = NaN;
  return values;
}

function pass(values: Float32Array, [b0, b1, b2, a1, a2]: Coefficients): void {
  // Start as if the first value had lasted for ever: no jump at the beginning.
  const first = values[0] ?? 0;
  const gain = (b0 + b1 + b2) / (1 + a1 + a2);
  let [x1, x2, y1, y2] = [first, first, first * gain, first * gain];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    values[i] = y;
  }
}
