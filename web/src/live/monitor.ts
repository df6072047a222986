import { paper } from "../viewer/engine/grid";
import { LETTERS, type Letter } from "../viewer/engine/beats";
import { PAPERS, type PaperName } from "../viewer/engine/palette";
import { crispPxPerMm, PX_PER_MM } from "../viewer/engine/scale";
import { traceWidth } from "../viewer/engine/painter";

export interface LiveBeat {
  number: number;
  sample: number;
  letter: Letter;
  /** Nothing behind it can change its class any more. */
  settled: boolean;
}

const KEPT_S = 60;
const LAG_S = 0.35; // behind the newest sample, so that the trace moves evenly although samples come in packets
const GAP_PX = 26;
export const SPEED = 25;
export const GAIN = 10;
const BAND = 26;

/** A bedside trace: the pen runs from left to right and writes over what is oldest. */
export class Monitor {
  private rows: Float32Array[] = [];
  private fs = 1;
  private leads: string[] = [];
  private newest = 0;
  private beats: LiveBeat[] = [];
  private shown = 0;
  private before = 0;
  private frame = 0;
  private width = 0;
  private height = 0;
  private dpr = 1;
  paperName: PaperName = "night";

  constructor(private readonly canvas: HTMLCanvasElement) {}

  begin(fs: number, leads: string[]): void {
    this.fs = fs;
    this.leads = leads;
    this.rows = leads.map(() => new Float32Array(Math.round(KEPT_S * fs)).fill(NaN));
    this.newest = 0;
    this.shown = 0;
    this.beats = [];
    this.before = performance.now();
    this.wake();
  }

  add(first: number, values: ArrayLike<number | null>[]): void {
    const size = this.rows[0]?.length ?? 0;
    if (!size) return;
    values.forEach((row, lead) => {
      const kept = this.rows[lead];
      if (!kept) return;
      for (let i = 0; i < row.length; i++) kept[(first + i) % size] = row[i] ?? NaN;
    });
    this.newest = first + (values[0]?.length ?? 0);
    if (this.shown === 0) this.shown = first;
  }

  /** A beat, or the same one known better. */
  mark(beat: LiveBeat): void {
    this.beats = [...this.beats.filter((each) => each.number !== beat.number), beat];
    const oldest = this.newest - KEPT_S * this.fs;
    while (this.beats[0] && this.beats[0].sample < oldest) this.beats.shift();
  }

  resize(width: number, height: number, dpr: number): void {
    this.dpr = Math.min(2, dpr);
    [this.width, this.height] = [width, height];
    this.canvas.width = Math.round(width * this.dpr);
    this.canvas.height = Math.round(height * this.dpr);
    this.draw();
  }

  wake(): void {
    cancelAnimationFrame(this.frame);
    const tick = (now: number): void => {
      const passed = Math.min(0.1, (now - this.before) / 1000);
      this.before = now;
      const behind = this.newest - LAG_S * this.fs - this.shown;
      // A little faster when far behind, a little slower when close: the pen never jumps and never waits.
      const pace = Math.min(1.6, Math.max(0, 1 + behind / this.fs));
      this.shown = Math.min(this.newest, this.shown + passed * this.fs * pace);
      if (behind > 3 * this.fs) this.shown = this.newest - LAG_S * this.fs;
      this.draw();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  rest(): void {
    cancelAnimationFrame(this.frame);
  }

  draw(): void {
    if (!this.width) return;
    const context = this.canvas.getContext("2d", { alpha: false })!;
    const palette = PAPERS[this.paperName];
    const { dpr, width, height, fs } = this;
    const rows = Math.max(1, this.leads.length);
    const pxPerMm = crispPxPerMm(Math.min(2 * PX_PER_MM, Math.max(PX_PER_MM, Math.min(width / 250, height / rows / 40))), dpr);
    const pxPerS = SPEED * pxPerMm;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    paper(context, palette, pxPerMm, SPEED, dpr, 0, 0, width, height, 0, 0);
    if (!this.rows.length) return;
    const head = this.shown;
    const sweep = (width / pxPerS) * fs;
    const oldest = Math.max(0, head - sweep + (GAP_PX / pxPerS) * fs);
    const x = (sample: number): number => ((sample % sweep) / sweep) * width;
    const tall = (height - BAND) / this.leads.length;
    context.strokeStyle = palette.ink;
    context.lineWidth = traceWidth(pxPerMm) * 1.2;
    context.lineJoin = "round";
    this.leads.forEach((name, lead) => {
      const zero = BAND + tall * (lead + 0.55);
      const row = this.rows[lead]!;
      context.beginPath();
      let last = Infinity;
      for (let sample = Math.ceil(oldest); sample <= head; sample++) {
        const value = row[sample % row.length]!;
        const at = x(sample);
        if (value !== value) {
          last = Infinity;
          continue;
        }
        const y = zero - value * GAIN * pxPerMm;
        if (at < last) context.moveTo(at, y);
        else context.lineTo(at, y);
        last = at;
      }
      context.stroke();
      context.fillStyle = palette.ink;
      context.font = `650 14px "Inter Variable", sans-serif`;
      context.textAlign = "left";
      context.textBaseline = "top";
      context.fillText(name, 10, BAND + tall * lead + 6);
    });
    for (const beat of this.beats) {
      if (beat.sample < oldest || beat.sample > head || !LETTERS.includes(beat.letter)) continue;
      const at = Math.max(13, x(beat.sample));
      context.textAlign = "center";
      context.textBaseline = "middle";
      if (beat.letter === "N") {
        context.fillStyle = palette.quiet;
        context.font = `500 13px "Inter Variable", sans-serif`;
        context.fillText("N", at, BAND / 2 + 2);
        continue;
      }
      context.fillStyle = palette.letter[beat.letter];
      context.globalAlpha = 0.14;
      context.fillRect(at - 0.14 * pxPerS, BAND, 0.4 * pxPerS, height - BAND);
      context.globalAlpha = 1;
      context.beginPath();
      context.roundRect(at - 9.5, 3.5, 19, 19, 6);
      if (beat.settled) {
        context.fill();
        context.fillStyle = palette.onLetter[beat.letter];
      } else {
        context.strokeStyle = palette.letter[beat.letter];
        context.lineWidth = 2;
        context.stroke();
        context.fillStyle = palette.ink;
      }
      context.font = `700 13px "Inter Variable", sans-serif`;
      context.fillText(beat.letter, at, BAND / 2 + 1);
    }
    context.fillStyle = palette.accent;
    context.fillRect(x(head), BAND, 2, height - BAND);
  }
}
