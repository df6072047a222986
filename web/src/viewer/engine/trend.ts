import { LETTERS, type Beats } from "./beats";

/** Heart rate and ectopic beats in equal parts of a recording, for the navigator. */
export interface Trend {
  seconds: number;
  /** Beats a minute from the mean RR interval; NaN where fewer than two beats or a gap. */
  rate: Float32Array;
  /** Lowest and highest rate over four successive intervals. */
  lowest: Float32Array;
  highest: Float32Array;
  /** Share of beats of each class, one array a letter. */
  share: Float32Array[];
}

const LONGEST_RR_S = 4;
const SUCCESSIVE = 4;

export function trend(beats: Beats, duration: number, parts: number): Trend {
  const seconds = duration / parts;
  const sum = new Float64Array(parts);
  const number = new Uint32Array(parts);
  const all = new Uint32Array(parts);
  const share = LETTERS.map(() => new Float32Array(parts));
  const rate = new Float32Array(parts).fill(NaN);
  const lowest = new Float32Array(parts).fill(NaN);
  const highest = new Float32Array(parts).fill(NaN);
  let run = 0;
  for (let beat = 0; beat < beats.samples.length; beat++) {
    const time = beats.samples[beat]! / beats.fs;
    const part = Math.min(parts - 1, Math.floor(time / seconds));
    all[part]!++;
    share[beats.classes[beat]!]![part]!++;
    if (beat === 0) continue;
    const rr = (beats.samples[beat]! - beats.samples[beat - 1]!) / beats.fs;
    if (rr <= 0 || rr > LONGEST_RR_S) {
      run = 0;
      continue;
    }
    sum[part]! += rr;
    number[part]!++;
    run++;
    if (run < SUCCESSIVE) continue;
    const over = (beats.samples[beat]! - beats.samples[beat - SUCCESSIVE]!) / beats.fs;
    const bpm = (60 * SUCCESSIVE) / over;
    if (!(lowest[part]! <= bpm)) lowest[part] = bpm;
    if (!(highest[part]! >= bpm)) highest[part] = bpm;
  }
  for (let part = 0; part < parts; part++) {
    if (number[part]) rate[part] = 60 / (sum[part]! / number[part]!);
    for (const of of share) if (all[part]) of[part]! /= all[part]!;
  }
  return { seconds, rate, lowest, highest, share };
}
