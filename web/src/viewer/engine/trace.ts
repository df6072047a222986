import type { TileCache } from "./cache";
import { binSeconds, TILE_BINS, tileRange, type Tile } from "./tiles";

/** What is needed to draw one lead over a stretch of time. */
export interface Stroke {
  lead: number;
  /** Seconds at `x`. */
  start: number;
  seconds: number;
  x: number;
  zero: number;
  pxPerS: number;
  pxPerMv: number;
  fs: number;
  samples: number;
  level: number;
  deepest: number;
  filter: string;
  /** Lowest and highest y that is drawn. */
  ceiling: number;
  floor: number;
}

/**
 * Add a lead's line to the current path, from the wanted tiles or, where these are not here yet, from coarser
 * ones. Returns whether all wanted tiles were here.
 */
export function addTrace(context: CanvasRenderingContext2D, cache: TileCache, stroke: Stroke): boolean {
  const { level, start, seconds, fs, samples, filter } = stroke;
  const [first, last] = tileRange(level, start, start + seconds, fs, samples);
  let complete = true;
  // The pen stays on the paper from one tile to the next.
  let down = false;
  for (let index = first; index <= last; index++) {
    const tile = cache.get(level, index, filter);
    if (tile) {
      down = line(context, tile, stroke, start, start + seconds, down);
      continue;
    }
    complete = false;
    const tileSeconds = TILE_BINS * binSeconds(level, fs);
    const from = Math.max(start, index * tileSeconds);
    const to = Math.min(start + seconds, (index + 1) * tileSeconds);
    let found = false;
    for (let up = 1; level + up <= stroke.deepest && !found; up++) {
      const coarse = cache.get(level + up, index >> up, filter);
      if (coarse) {
        down = line(context, coarse, stroke, from, to, down);
        found = true;
      }
    }
    down &&= found;
  }
  return complete;
}

/** Draws on from where the pen is, if it is `down`; returns whether it is down at the end. */
function line(
  context: CanvasRenderingContext2D, tile: Tile, stroke: Stroke, from: number, to: number, down: boolean,
): boolean {
  const low = tile.low[stroke.lead];
  const high = tile.high[stroke.lead];
  if (!low || !high) return false;
  const bin = binSeconds(tile.level, stroke.fs);
  const offset = tile.index * TILE_BINS;
  // One bin beyond each end, so that stretches meet.
  const first = Math.max(0, Math.floor(from / bin) - 1 - offset);
  const last = Math.min(tile.bins - 1, Math.ceil(to / bin) + 1 - offset);
  const { x, zero, pxPerS, pxPerMv, start, ceiling, floor } = stroke;
  const pxPerBin = bin * pxPerS;
  const left = x + ((offset + (tile.level ? 0.5 : 0)) * bin - start) * pxPerS;
  const clamp = (y: number): number => (y < ceiling ? ceiling : y > floor ? floor : y);
  if (low === high) {
    for (let i = first; i <= last; i++) {
      const value = low[i]!;
      if (value !== value) {
        down = false;
        continue;
      }
      const y = clamp(zero - value * pxPerMv);
      if (down) context.lineTo(left + i * pxPerBin, y);
      else context.moveTo(left + i * pxPerBin, y);
      down = true;
    }
    return down;
  }
  let before = 0;
  for (let i = first; i <= last; i++) {
    const bottom = low[i]!;
    const top = high[i]!;
    if (bottom !== bottom) {
      down = false;
      continue;
    }
    const at = left + i * pxPerBin;
    let y0 = clamp(zero - bottom * pxPerMv);
    let y1 = clamp(zero - top * pxPerMv);
    // The nearer extreme first: the line does not jump across the bin and back.
    if (Math.abs(before - y1) < Math.abs(before - y0)) [y0, y1] = [y1, y0];
    if (down) context.lineTo(at, y0);
    else context.moveTo(at, y0);
    context.lineTo(at, y1 === y0 ? y1 + 0.01 : y1);
    before = y1;
    down = true;
  }
  return down;
}
