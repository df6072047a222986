/** Time and voltage to pixels, true to scale: a CSS pixel is 1/96 inch. */

export const PX_PER_MM = 96 / 25.4;
/**
 * The trace on paper, in CSS pixels, of which 96 are an inch there: 262 by 130 mm, ten seconds at 25 mm/s on A4 and
 * on Letter across. Whole pixels at twice their number: Chromium rounds the scale of a canvas that it prints down to
 * 1/64, which made 25 mm 24.6. The classes of the viewer's frame and canvas name the same size.
 */
export const PRINTED = { width: 990, height: 492, dpr: 2 } as const;
export const SPEEDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12.5, 25, 50, 100, 200] as const;
export const GAINS = [2.5, 5, 10, 20, 40] as const;
/** Lines every 1 mm are drawn from this speed on; below, they would say nothing. */
export const FINE_GRID_FROM_SPEED = 5;

/**
 * Millimetres to CSS pixels such that 5 mm are a whole number of device pixels: grid lines stay crisp and
 * evenly spaced. The error against the true scale is below half a device pixel in 5 mm.
 */
export function crispPxPerMm(wanted: number, dpr: number): number {
  return Math.max(4, Math.round(wanted * 5 * dpr)) / (5 * dpr);
}

/** The next step of a ladder above or below a value; the value itself when there is none. */
export function step(ladder: readonly number[], value: number, direction: 1 | -1): number {
  const tolerance = value * 1e-6;
  const found =
    direction > 0
      ? ladder.find((each) => each > value + tolerance)
      : [...ladder].reverse().find((each) => each < value - tolerance);
  return found ?? value;
}

/** The step of a ladder nearest to a value, by ratio. */
export function nearest(ladder: readonly number[], value: number): number {
  return ladder.reduce((best, each) =>
    Math.abs(Math.log(each / value)) < Math.abs(Math.log(best / value)) ? each : best,
  );
}

/** Keep a window of `seconds` within a recording; one that is longer than the recording starts at 0. */
export function clampStart(start: number, seconds: number, duration: number): number {
  return Math.min(Math.max(0, start), Math.max(0, duration - seconds));
}

const NICE_SECONDS = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600];

/** A round number of seconds whose labels stand at least `room` pixels apart. */
export function niceStep(pxPerS: number, room: number): number {
  return NICE_SECONDS.find((each) => each * pxPerS >= room) ?? 43200;
}

/** Scale that keeps the moment under a pointer in place: the new start after a change of pixels a second. */
export function zoomedStart(start: number, x: number, before: number, after: number): number {
  return start + x / before - x / after;
}
