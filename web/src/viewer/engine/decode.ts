import { TILE_BINS, type Tile } from "./tiles";

const MAGIC = 0x4c544945; // "EITL"
const HEADER_BYTES = 32;
const MISSING = -32768;

/** A window of signal as the service sends it: one row a lead, samples (`low === high`) or extremes. */
export interface Window {
  low: Float32Array[];
  high: Float32Array[];
  columns: number;
}

/** Decode the binary form: header, a float32 step a lead, then int16 values (sample, or lowest and highest). */
export function decode(buffer: ArrayBuffer): Window {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new Error("These bytes are no tile of signal.");
  }
  const leads = view.getUint16(6, true);
  const columns = view.getUint32(8, true);
  const depth = view.getUint16(12, true);
  const steps = new Float32Array(buffer.slice(HEADER_BYTES, HEADER_BYTES + 4 * leads));
  const values = new Int16Array(buffer.slice(HEADER_BYTES + 4 * leads));
  const low: Float32Array[] = [];
  const high: Float32Array[] = [];
  for (let lead = 0; lead < leads; lead++) {
    const row = (part: number): Float32Array => {
      const found = new Float32Array(columns);
      for (let i = 0; i < columns; i++) {
        const value = values[(lead * columns + i) * depth + part]!;
        found[i] = value === MISSING ? NaN : value * steps[lead]!;
      }
      return found;
    };
    low.push(row(0));
    high.push(depth === 1 ? low[lead]! : row(1));
  }
  return { low, high, columns };
}

/** Seconds from the start of the recording at which a window begins. */
export function startOf(buffer: ArrayBuffer): number {
  return new DataView(buffer).getFloat64(16, true);
}

/** Lowest and highest of every `factor` values of one row. */
export function reduce(values: Float32Array, factor: number): [low: Float32Array, high: Float32Array] {
  const bins = Math.ceil(values.length / factor);
  const low = new Float32Array(bins).fill(NaN);
  const high = new Float32Array(bins).fill(NaN);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const bin = Math.floor(i / factor);
    if (!(low[bin]! <= value) && value === value) low[bin] = value;
    if (!(high[bin]! >= value) && value === value) high[bin] = value;
  }
  return [low, high];
}

/** The tile that a window holds; a service sends samples where there are few, which are reduced here. */
export function toTile(window: Window, level: number, index: number): Tile {
  const raw = window.low.every((row, lead) => row === window.high[lead]);
  if (level > 0 && raw && window.columns > 0) {
    const pairs = window.low.map((row) => reduce(row, 2 ** level));
    const bins = Math.min(TILE_BINS, pairs[0]?.[0].length ?? 0);
    return { level, index, bins, low: pairs.map(([low]) => low), high: pairs.map(([, high]) => high) };
  }
  return { level, index, bins: Math.min(TILE_BINS, window.columns), low: window.low, high: window.high };
}
