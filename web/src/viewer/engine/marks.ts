import { firstFrom, letterOf, UNSURE_BELOW, type Beats, type Letter } from "./beats";
import type { Evidence, Stretch, Wave } from "./model";
import type { Palette } from "./palette";

type Context = CanvasRenderingContext2D;

/** A stretch of time at a place: `start` stands at `x`. */
export interface Place {
  x: number;
  start: number;
  seconds: number;
  pxPerS: number;
  /** Marks that begin this long before or end after the stretch reach into it. */
  margin: number;
}

const TINT_BEFORE_S = 0.14;
const TINT_AFTER_S = 0.26;
const CHIP = 17;
const PRIORITY: Letter[] = ["N", "Q", "S", "F", "V"];
const STEPS = [0.25, 0.5, 0.75] as const;
const SHARES = [0.25, 0.55, 0.9] as const;

function* within(beats: Beats, place: Place, margin = place.margin): Generator<[number, number]> {
  const first = firstFrom(beats.samples, (place.start - margin) * beats.fs);
  const end = (place.start + place.seconds + margin) * beats.fs;
  for (let beat = first; beat < beats.samples.length && beats.samples[beat]! <= end; beat++) {
    yield [beat, place.x + (beats.samples[beat]! / beats.fs - place.start) * place.pxPerS];
  }
}

/** Tint the paper behind ectopic beats. */
export function tintBeats(context: Context, beats: Beats, place: Place, y: number, height: number, palette: Palette): void {
  if (place.pxPerS < 12) return;
  context.globalAlpha = 0.14;
  for (const [beat, x] of within(beats, place)) {
    const letter = letterOf(beats, beat);
    if (letter === "N") continue;
    context.fillStyle = palette.letter[letter];
    context.fillRect(x - TINT_BEFORE_S * place.pxPerS, y, (TINT_BEFORE_S + TINT_AFTER_S) * place.pxPerS, height);
  }
  context.globalAlpha = 1;
}

/** Letters and chips of the beats in a band whose lower edge is `bottom`; ticks where they would touch. */
export function markBeats(context: Context, beats: Beats, place: Place, bottom: number, palette: Palette): void {
  const letters = place.pxPerS >= 26;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const middle = bottom - CHIP / 2 - 2;
  let chipEnd = -Infinity;
  const taken = new Map<number, Letter>();
  for (const [beat, x] of within(beats, place, letters ? place.margin : 0)) {
    const letter = letterOf(beats, beat);
    if (!letters) {
      const column = Math.round(x);
      const old = taken.get(column);
      if (!old || PRIORITY.indexOf(letter) > PRIORITY.indexOf(old)) taken.set(column, letter);
      continue;
    }
    const chance = beats.probability[beat]!;
    const reviewed = beats.reviewed[beat] === 1;
    const label = letter + (!reviewed && chance < UNSURE_BELOW ? "?" : "");
    if (letter === "N") {
      context.font = `500 12px "Inter Variable", sans-serif`;
      context.lineWidth = 3;
      context.strokeStyle = palette.ground;
      context.strokeText(label, x, middle);
      context.fillStyle = palette.quiet;
      context.fillText(label, x, middle);
    } else {
      const width = label.length > 1 ? CHIP + 7 : CHIP;
      const left = x - width / 2;
      if (left < chipEnd) {
        context.fillStyle = palette.letter[letter];
        context.fillRect(Math.round(x) - 1, bottom - 5, 2, 5);
        continue;
      }
      chip(context, left, middle - CHIP / 2, width, palette.letter[letter]);
      context.fillStyle = palette.onLetter[letter];
      context.font = `700 12px "Inter Variable", sans-serif`;
      context.fillText(label, x, middle + 0.5);
      chipEnd = left + width + 1;
    }
    if (reviewed) {
      context.fillStyle = palette.ink;
      context.fillRect(Math.round(x) - 5, bottom - 1.5, 10, 1.5);
    }
  }
  for (const [x, letter] of taken) {
    context.fillStyle = palette.letter[letter];
    const tall = letter === "N" ? 4 : 12;
    context.fillRect(x, bottom - 2 - tall, letter === "N" ? 1 : 2, tall);
  }
}

function chip(context: Context, x: number, y: number, width: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(x, y, width, CHIP, 5);
  context.fill();
}

/** Hatch what cannot be used of a lead. */
export function shadeQuality(
  context: Context, stretches: readonly Stretch[], lead: number, place: Place, y: number, height: number, palette: Palette,
): void {
  const end = place.start + place.seconds;
  for (const stretch of stretches) {
    if (stretch.lead !== lead || stretch.end < place.start || stretch.start > end) continue;
    const left = place.x + (Math.max(stretch.start, place.start) - place.start) * place.pxPerS;
    const right = place.x + (Math.min(stretch.end, end) - place.start) * place.pxPerS;
    const width = Math.max(1, right - left);
    context.save();
    context.globalAlpha = 0.12;
    context.fillStyle = palette.bad;
    context.fillRect(left, y, width, height);
    context.globalAlpha = 0.3;
    context.strokeStyle = palette.bad;
    context.lineWidth = 1;
    context.beginPath();
    context.rect(left, y, width, height);
    context.clip();
    context.beginPath();
    const lean = Math.min(height, 12);
    // Anchored to time, so that hatching stands still on the paper while it is moved.
    const phase = ((place.x - place.start * place.pxPerS) % 12 + 12) % 12;
    for (let x = left - height - ((left - phase) % 12) - 12; x < right + lean; x += 12) {
      context.moveTo(x, y + height);
      context.lineTo(x + height, y);
    }
    context.stroke();
    context.restore();
  }
}

/** Tint the paper of one lead where a network looked, in three steps; the strongest is underlined too. */
export function tintEvidence(
  context: Context, evidence: Evidence, lead: number, place: Place, y: number, height: number, strength: number, palette: Palette,
): void {
  const weights = evidence.weights[lead];
  if (!weights) return;
  const first = Math.max(0, Math.floor((place.start - evidence.start) / evidence.step));
  const last = Math.min(weights.length, Math.ceil((place.start + place.seconds - evidence.start) / evidence.step));
  for (let i = first; i < last; ) {
    const step = stepOf(weights[i]!);
    let end = i + 1;
    while (end < last && stepOf(weights[end]!) === step) end++;
    if (step >= 0) {
      const left = place.x + (evidence.start + i * evidence.step - place.start) * place.pxPerS;
      const width = (end - i) * evidence.step * place.pxPerS;
      context.globalAlpha = SHARES[step]! * strength;
      context.fillStyle = palette.relevance;
      context.fillRect(left, y + 1, width, height - 2);
      if (step === STEPS.length - 1) {
        context.globalAlpha = strength;
        context.fillStyle = palette.relevanceLine;
        context.fillRect(left, y + height - 5, width, 3);
      }
    }
    i = end;
  }
  context.globalAlpha = 1;
}

function stepOf(weight: number): number {
  return weight >= STEPS[2] ? 2 : weight >= STEPS[1] ? 1 : weight >= STEPS[0] ? 0 : -1;
}

/** Brackets below the trace for P, QRS and T. */
export function markWaves(context: Context, waves: readonly Wave[], place: Place, y: number, palette: Palette): void {
  if (place.pxPerS < 40) return;
  context.font = `600 10px "Inter Variable", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineWidth = 1.5;
  for (const wave of waves) {
    const left = place.x + (wave.onset - place.start) * place.pxPerS;
    const right = place.x + (wave.end - place.start) * place.pxPerS;
    if (right < place.x || left > place.x + place.seconds * place.pxPerS) continue;
    context.strokeStyle = wave.kind === "QRS" ? palette.ink : palette.accent;
    context.beginPath();
    context.moveTo(left, y - 3);
    context.lineTo(left, y);
    context.lineTo(right, y);
    context.lineTo(right, y - 3);
    context.stroke();
    context.fillStyle = palette.quiet;
    context.fillText(wave.kind, (left + right) / 2, wave.kind === "QRS" ? y + 12 : y + 2);
  }
}
