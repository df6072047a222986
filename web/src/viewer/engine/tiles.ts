/** The pyramid of a recording: level L holds the lowest and highest sample of every 2^L samples. */

export const TILE_BINS = 2048;

/** One tile: for each lead `low` and `high` of up to `TILE_BINS` bins, millivolt, NaN where nothing is known. */
export interface Tile {
  level: number;
  index: number;
  bins: number;
  low: Float32Array[];
  high: Float32Array[];
}

/** The deepest level whose bins are no wider than `widest` pixels. */
export function levelFor(pxPerS: number, fs: number, deepest: number, widest = 0.75): number {
  const samples = (widest * fs) / pxPerS;
  return Math.min(deepest, Math.max(0, Math.floor(Math.log2(Math.max(1, samples)) + 1e-9)));
}

/** The deepest level that still has more than one tile's worth of bins for the whole recording. */
export function deepestLevel(samples: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, samples / TILE_BINS))));
}

/** Seconds that one bin of a level covers. */
export function binSeconds(level: number, fs: number): number {
  return 2 ** level / fs;
}

/** First and last tile that a window touches, held to the recording. */
export function tileRange(
  level: number,
  start: number,
  end: number,
  fs: number,
  samples: number,
): [first: number, last: number] {
  const seconds = TILE_BINS * binSeconds(level, fs);
  const final = Math.max(0, Math.ceil(samples / (TILE_BINS * 2 ** level)) - 1);
  const first = Math.min(final, Math.max(0, Math.floor(start / seconds)));
  return [first, Math.max(first, Math.min(final, Math.floor(end / seconds)))];
}
