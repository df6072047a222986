/** Beats of a whole day in flat arrays. */

export const LETTERS = ["N", "S", "V", "F", "Q"] as const;
export type Letter = (typeof LETTERS)[number];
/** A beat whose own class has less than this probability carries a question mark. */
export const UNSURE_BELOW = 0.6;

export interface Beats {
  fs: number;
  samples: Int32Array;
  /** Index into LETTERS. */
  classes: Uint8Array;
  /** Of the beat's own class, 0 to 1; NaN where unknown. */
  probability: Float32Array;
  /** The model's class, index into LETTERS; -1 where a person added the beat. */
  model: Int8Array;
  /** 1 where a person confirmed or changed the beat. */
  reviewed: Uint8Array;
}

export const NO_BEATS: Beats = {
  fs: 1,
  samples: new Int32Array(0),
  classes: new Uint8Array(0),
  probability: new Float32Array(0),
  model: new Int8Array(0),
  reviewed: new Uint8Array(0),
};

const NO_PROBABILITY = 65535;
const ADDED = 255;

/** Beats as the service sends them all at once; its format is told in the service's documentation. */
export function decodeBeats(buffer: ArrayBuffer): Beats {
  const view = new DataView(buffer);
  if (view.byteLength < 20 || view.getUint32(0, true) !== 0x54424945) throw new Error("These are no beats.");
  const n = view.getUint32(8, true);
  if (view.byteLength !== 20 + 9 * n) throw new Error("These beats are cut short.");
  const bytes = (list: number): Uint8Array => new Uint8Array(buffer.slice(20 + (6 + list) * n, 20 + (7 + list) * n));
  const chances = new Uint16Array(buffer.slice(20 + 4 * n, 20 + 6 * n));
  return {
    fs: view.getFloat64(12, true),
    samples: new Int32Array(buffer.slice(20, 20 + 4 * n)),
    classes: bytes(0),
    model: Int8Array.from(bytes(1), (value) => (value === ADDED ? -1 : value)),
    probability: Float32Array.from(chances, (value) => (value === NO_PROBABILITY ? NaN : value / 10_000)),
    reviewed: bytes(2),
  };
}

export function letterOf(beats: Beats, beat: number): Letter {
  return LETTERS[beats.classes[beat] ?? 0] ?? "Q";
}

export function timeOf(beats: Beats, beat: number): number {
  return (beats.samples[beat] ?? 0) / beats.fs;
}

/** Index of the first beat at or after a sample. */
export function firstFrom(samples: Int32Array, sample: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]! < sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The beat nearest to a time, or -1 where there is none within `within` seconds. */
export function nearestBeat(beats: Beats, time: number, within: number): number {
  const at = firstFrom(beats.samples, time * beats.fs);
  let best = -1;
  for (const beat of [at - 1, at]) {
    if (beat < 0 || beat >= beats.samples.length) continue;
    if (best < 0 || Math.abs(timeOf(beats, beat) - time) < Math.abs(timeOf(beats, best) - time)) best = beat;
  }
  return best >= 0 && Math.abs(timeOf(beats, best) - time) <= within ? best : -1;
}

/** The next beat in a direction that `chosen` accepts, or -1. */
export function nextBeat(
  beats: Beats,
  from: number,
  direction: 1 | -1,
  chosen: (beat: number) => boolean,
): number {
  for (let beat = from + direction; beat >= 0 && beat < beats.samples.length; beat += direction) {
    if (chosen(beat)) return beat;
  }
  return -1;
}

export function counts(beats: Beats): Record<Letter, number> {
  const found: Record<Letter, number> = { N: 0, S: 0, V: 0, F: 0, Q: 0 };
  for (let beat = 0; beat < beats.classes.length; beat++) found[letterOf(beats, beat)]++;
  return found;
}
