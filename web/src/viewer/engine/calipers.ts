/** Two moments and two voltages on one lead, and what lies between them. */

export interface Calipers {
  from: number;
  to: number;
  fromMv: number;
  toMv: number;
  /** Repeat the interval to both sides, to see whether beats keep their distance. */
  march: boolean;
}

export interface Reading {
  ms: number;
  bpm: number | null;
  mv: number;
}

export function read(calipers: Calipers): Reading {
  const ms = Math.abs(calipers.to - calipers.from) * 1000;
  return { ms, bpm: ms >= 1 ? 60000 / ms : null, mv: calipers.toMv - calipers.fromMv };
}

/** The moments of the marching lines within a window, without the two calipers themselves. */
export function marching(calipers: Calipers, start: number, end: number): number[] {
  const step = Math.abs(calipers.to - calipers.from);
  const first = Math.min(calipers.from, calipers.to);
  if (step <= 0 || (end - start) / step > 400) return [];
  const lines: number[] = [];
  for (let n = Math.ceil((start - first) / step); first + n * step <= end; n++) {
    if (n !== 0 && n !== 1) lines.push(first + n * step);
  }
  return lines;
}

/** Which part of the calipers lies under a pointer. */
export function grabbed(
  calipers: Calipers, time: number, within: number,
): "from" | "to" | "both" | null {
  if (Math.abs(time - calipers.to) <= within) return "to";
  if (Math.abs(time - calipers.from) <= within) return "from";
  const [low, high] = [Math.min(calipers.from, calipers.to), Math.max(calipers.from, calipers.to)];
  return time > low && time < high ? "both" : null;
}

/** The calipers after a drag of one part by seconds and millivolts. */
export function moved(
  calipers: Calipers, part: "from" | "to" | "both", seconds: number, mv: number,
): Calipers {
  const next = { ...calipers };
  if (part !== "to") {
    next.from += seconds;
    next.fromMv += mv;
  }
  if (part !== "from") {
    next.to += seconds;
    next.toMv += mv;
  }
  return next;
}
