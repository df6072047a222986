import { firstFrom, LETTERS, type Beats, type Letter } from "../viewer/engine/beats";

/** The beats after one correction, as new arrays: what is on the screen is never changed in place. */

function copy(beats: Beats): Beats {
  return {
    ...beats,
    classes: beats.classes.slice(),
    reviewed: beats.reviewed.slice(),
  };
}

export function find(beats: Beats, sample: number): number {
  const at = firstFrom(beats.samples, sample);
  return beats.samples[at] === sample ? at : -1;
}

export function relabelled(beats: Beats, sample: number, letter: Letter, reviewed = true): Beats {
  const at = find(beats, sample);
  if (at < 0) return beats;
  const next = copy(beats);
  next.classes[at] = LETTERS.indexOf(letter);
  next.reviewed[at] = reviewed ? 1 : 0;
  return next;
}

export function removed(beats: Beats, sample: number): Beats {
  const at = find(beats, sample);
  if (at < 0) return beats;
  const without = <Of extends Int32Array | Uint8Array | Int8Array | Float32Array>(values: Of): Of => {
    const next = values.slice(0, -1) as Of;
    next.set(values.subarray(at + 1), at);
    return next;
  };
  return {
    fs: beats.fs,
    samples: without(beats.samples),
    classes: without(beats.classes),
    model: without(beats.model),
    probability: without(beats.probability),
    reviewed: without(beats.reviewed),
  };
}

export interface OneBeat {
  sample: number;
  letter: Letter;
  model: number;
  probability: number;
  reviewed: boolean;
}

export function added(beats: Beats, beat: OneBeat): Beats {
  if (find(beats, beat.sample) >= 0) return beats;
  const at = firstFrom(beats.samples, beat.sample);
  const grown = <Of extends Int32Array | Uint8Array | Int8Array | Float32Array>(values: Of, next: Of, value: number): Of => {
    next.set(values.subarray(0, at));
    next[at] = value;
    next.set(values.subarray(at), at + 1);
    return next;
  };
  const n = beats.samples.length + 1;
  return {
    fs: beats.fs,
    samples: grown(beats.samples, new Int32Array(n), beat.sample),
    classes: grown(beats.classes, new Uint8Array(n), LETTERS.indexOf(beat.letter)),
    model: grown(beats.model, new Int8Array(n), beat.model),
    probability: grown(beats.probability, new Float32Array(n), beat.probability),
    reviewed: grown(beats.reviewed, new Uint8Array(n), beat.reviewed ? 1 : 0),
  };
}

export type QueueOrder = "unsure" | "ectopic" | "all";

/** Beats that nobody has looked at yet, in the order asked for. */
export function queue(beats: Beats, order: QueueOrder, most: number): number[] {
  const open: number[] = [];
  for (let beat = 0; beat < beats.samples.length; beat++) {
    if (beats.reviewed[beat]) continue;
    if (order === "ectopic" && beats.classes[beat] === 0) continue;
    open.push(beat);
  }
  if (order === "unsure") open.sort((a, b) => (beats.probability[a] || 0) - (beats.probability[b] || 0));
  return open.slice(0, most);
}

/** Reviewed beats by the model's class (rows) and the class after review (columns). */
export function comparison(beats: Beats): number[][] {
  const table = LETTERS.map(() => LETTERS.map(() => 0));
  for (let beat = 0; beat < beats.samples.length; beat++) {
    const model = beats.model[beat]!;
    if (beats.reviewed[beat] && model >= 0) table[model]![beats.classes[beat]!]!++;
  }
  return table;
}
