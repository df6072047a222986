import { LETTERS } from "./beats";
import { clockAt } from "./clock";
import type { Engine } from "./engine";
import { PAPERS, type Palette } from "./palette";
import { niceStep } from "./scale";
import { trend, type Trend } from "./trend";

const RATE_SHARE = 0.56;
const LABELS_PX = 15;
const LABEL_PX = 11; // height of a heart rate: two that are nearer would run into each other

/** The overview: heart rate above, share of ectopic beats below, and a window that shows where the viewer stands. */
export class Navigator {
  private readonly context: CanvasRenderingContext2D;
  private readonly picture = document.createElement("canvas");
  private width = 0;
  private height = 0;
  private dpr = 1;
  private drawn: unknown = null;

  constructor(
    private readonly engine: Engine,
    private readonly canvas: HTMLCanvasElement,
  ) {
    this.context = canvas.getContext("2d")!;
  }

  resize(width: number, height: number, dpr: number): void {
    this.width = width;
    this.height = height;
    this.dpr = Math.min(2, dpr);
    for (const canvas of [this.canvas, this.picture]) {
      canvas.width = Math.round(width * this.dpr);
      canvas.height = Math.round(height * this.dpr);
    }
    this.drawn = null;
    this.paint();
  }

  /** Copy the overview and draw the window; the overview itself is drawn when its beats or the paper change. */
  paint(): void {
    if (!this.width) return;
    const { engine, context, width, height, dpr } = this;
    const palette = PAPERS[engine.settings.paper];
    const { beats, stretches, signal } = engine.content;
    const what = [beats, stretches, palette];
    if (!Array.isArray(this.drawn) || what.some((each, i) => each !== (this.drawn as unknown[])[i])) {
      this.drawOverview(palette);
      this.drawn = what;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.picture, 0, 0);
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    const pxPerS = width / signal.duration;
    const left = engine.start * pxPerS;
    const wide = Math.max(3, Math.min(engine.sheet.seconds, signal.duration) * pxPerS);
    context.fillStyle = palette.ground;
    context.globalAlpha = 0.3;
    context.fillRect(0, 0, left, height - LABELS_PX);
    context.fillRect(left + wide, 0, width, height - LABELS_PX);
    context.globalAlpha = 1;
    context.strokeStyle = palette.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    context.roundRect(Math.min(left, width - 4) + 0.75, 0.75, Math.max(2.5, wide - 1.5), height - LABELS_PX - 1.5, 4);
    context.stroke();
  }

  private drawOverview(palette: Palette): void {
    const context = this.picture.getContext("2d")!;
    const { width, height, dpr, engine } = this;
    const { beats, stretches, signal } = engine.content;
    const chart = height - LABELS_PX;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.fillStyle = palette.ground;
    context.fillRect(0, 0, width, height);
    const pxPerS = width / signal.duration;
    context.fillStyle = palette.bad;
    context.globalAlpha = 0.18;
    const leads = signal.leads.length;
    for (const stretch of stretches) {
      const tall = chart / leads;
      context.fillRect(stretch.start * pxPerS, stretch.lead * tall, Math.max(1, (stretch.end - stretch.start) * pxPerS), tall);
    }
    context.globalAlpha = 1;
    const parts = Math.max(1, Math.min(Math.floor(width / 2), Math.floor(signal.duration / 5)));
    const found = trend(beats, signal.duration, parts);
    this.drawRate(context, palette, found, chart * RATE_SHARE);
    this.drawEctopy(context, palette, found, chart * RATE_SHARE + 3, chart);
    this.drawTimes(context, palette, pxPerS, chart);
  }

  private drawRate(context: CanvasRenderingContext2D, palette: Palette, found: Trend, bottom: number): void {
    const all = [...found.lowest, ...found.highest, ...found.rate].filter(Number.isFinite).sort((a, b) => a - b);
    if (!all.length) return;
    const at = (share: number): number => all[Math.min(all.length - 1, Math.floor(share * all.length))]!;
    const low = Math.min(50, Math.floor(at(0.002) / 10) * 10);
    const high = Math.max(100, Math.ceil(at(0.998) / 10) * 10);
    const y = (bpm: number): number => bottom - 2 - ((Math.min(high, Math.max(low, bpm)) - low) / (high - low)) * (bottom - 6);
    const part = this.width / found.rate.length;
    context.strokeStyle = palette.major;
    context.lineWidth = 1;
    context.font = `600 10px "Inter Variable", sans-serif`;
    context.textAlign = "right";
    context.textBaseline = "bottom";
    context.fillStyle = palette.quiet;
    // The trend is drawn over the labels: they hide none of it.
    let named = Infinity;
    for (const line of [60, 100].filter((bpm) => bpm > low && bpm < high)) {
      context.beginPath();
      context.moveTo(0, Math.round(y(line)) + 0.5);
      context.lineTo(this.width, Math.round(y(line)) + 0.5);
      context.stroke();
      if (named - y(line) < LABEL_PX) continue;
      context.fillText(`${line}/min`, this.width - 4, y(line) - 1);
      named = y(line);
    }
    context.fillStyle = palette.accent;
    context.globalAlpha = 0.25;
    for (let i = 0; i < found.rate.length; i++) {
      const [lowest, highest] = [found.lowest[i]!, found.highest[i]!];
      if (lowest === lowest) context.fillRect(i * part, y(highest), part + 0.3, Math.max(1, y(lowest) - y(highest)));
    }
    context.globalAlpha = 1;
    context.strokeStyle = palette.accent;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    let down = false;
    for (let i = 0; i < found.rate.length; i++) {
      const rate = found.rate[i]!;
      if (rate === rate) {
        if (down) context.lineTo((i + 0.5) * part, y(rate));
        else context.moveTo((i + 0.5) * part, y(rate));
      }
      down = rate === rate;
    }
    context.stroke();
  }

  private drawEctopy(context: CanvasRenderingContext2D, palette: Palette, found: Trend, top: number, bottom: number): void {
    const part = this.width / found.rate.length;
    for (let i = 0; i < found.rate.length; i++) {
      let y = bottom - 1;
      LETTERS.forEach((letter, row) => {
        const share = found.share[row]![i]!;
        if (letter === "N" || !share) return;
        // A single ectopic beat in an hour must still be seen: at least 2 px, then by the square root.
        const tall = Math.max(2, Math.sqrt(share) * (bottom - top));
        context.fillStyle = palette.letter[letter];
        context.fillRect(i * part, Math.max(top, y - tall), Math.max(1, part - 0.2), Math.min(tall, y - top));
        y = Math.max(top, y - tall);
      });
    }
  }

  private drawTimes(context: CanvasRenderingContext2D, palette: Palette, pxPerS: number, top: number): void {
    const { duration, began } = this.engine.content.signal;
    const step = niceStep(pxPerS, 80);
    context.font = `500 10px "Inter Variable", sans-serif`;
    context.textBaseline = "middle";
    context.fillStyle = palette.quiet;
    // Round moments of the wall clock where it is known.
    const shift = began === null ? 0 : (step - ((began / 1000) % step)) % step;
    for (let time = shift; time <= duration; time += step) {
      const x = time * pxPerS;
      if (x > this.width - 24) break;
      context.textAlign = x < 12 ? "left" : "center";
      context.fillText(clockAt(time, began, step), Math.max(6, x), top + LABELS_PX / 2 + 1);
    }
  }
}
