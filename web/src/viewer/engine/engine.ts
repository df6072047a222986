import { NO_BEATS, type Beats } from "./beats";
import { TileCache, type Loader } from "./cache";
import type { Calipers } from "./calipers";
import { Chunks } from "./chunks";
import { clockAt } from "./clock";
import { paper } from "./grid";
import { LAYOUTS, pagePxPerMm, place, type Cell, type LayoutName, type Sheet } from "./layout";
import type { Content, Evidence, Signal, Stretch, Wave } from "./model";
import { paintOverlay } from "./overlay";
import { BAND, GUTTER, paintCells, paintGutter, paintNames, type Manner } from "./painter";
import { PAPERS, type PaperName } from "./palette";
import { clampStart, crispPxPerMm, niceStep, PX_PER_MM, zoomedStart, PRINTED } from "./scale";
import { deepestLevel, levelFor, TILE_BINS, binSeconds, tileRange } from "./tiles";

export interface Settings {
  layout: LayoutName;
  leads: number[];
  speed: number;
  gain: number;
  filter: string;
  paper: PaperName;
  beats: boolean;
  quality: boolean;
  waves: boolean;
  evidence: number;
  /** Paper magnification: 1 is true size on a screen of 96 pixels an inch. */
  zoom: number;
}

/** What the engine tells those around it, at most once a frame. */
export interface View {
  start: number;
  seconds: number;
  speed: number;
  gain: number;
}

export interface Listener {
  onView(view: View): void;
  onTrouble(offline: boolean): void;
}

const CHUNK_PX = 512;
const CHUNKS_A_FRAME = 1;
const RETRY_MS = 2200;

/**
 * Draws a recording on two canvases: paper with traces below, cursor and calipers above. It paints only when
 * something changed, from `requestAnimationFrame`; nothing of it passes through React.
 */
export class Engine {
  readonly content: Content;
  readonly cache: TileCache;
  settings: Settings;
  start = 0;
  cursor: number | null = null;
  selected = -1;
  calipers: Calipers | null = null;
  calipersLead = 0;
  sheet: Sheet;
  pxPerMm = PX_PER_MM;

  private readonly chunks = new Chunks();
  private readonly listeners = new Set<Listener>();
  private readonly front: CanvasRenderingContext2D;
  private readonly over: CanvasRenderingContext2D;
  private width = 0;
  private height = 0;
  private dpr = 1;
  private frame = 0;
  private generation = 0;
  private glide: ((now: number) => boolean) | null = null;
  private direction = 1;
  private offline = false;
  private printing = false;
  private screen: [number, number, number] = [0, 0, 1];
  private arrivals = 0;
  private later = 0;

  constructor(
    signal: Signal,
    loader: Loader,
    private readonly canvas: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
    settings: Settings,
  ) {
    this.front = canvas.getContext("2d", { alpha: false })!;
    this.over = overlay.getContext("2d")!;
    this.content = {
      signal: { ...signal, deepest: Math.min(signal.deepest, deepestLevel(signal.samples)) },
      beats: NO_BEATS, stretches: [], waves: [], evidence: null,
    };
    this.settings = settings;
    this.cache = new TileCache(
      loader,
      () => {
        this.arrivals++;
        this.refresh(false);
      },
      (offline) => {
        if (offline) this.later = window.setTimeout(() => this.refresh(false), RETRY_MS);
        if (offline === this.offline) return;
        this.offline = offline;
        for (const listener of this.listeners) listener.onTrouble(offline);
      },
    );
    this.sheet = place("strip", [], [], 0, { width: 1, height: 1, band: BAND, gutter: GUTTER, pxPerS: 1, duration: 1 }, 60);
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    listener.onView(this.view);
    return () => this.listeners.delete(listener);
  }

  get view(): View {
    return { start: this.start, seconds: this.sheet.seconds, speed: this.settings.speed, gain: this.settings.gain };
  }

  get pxPerS(): number {
    return this.settings.speed * this.pxPerMm;
  }

  resize(width: number, height: number, dpr: number): void {
    this.screen = [width, height, Math.min(dpr, 2)];
    if (!this.printing) this.fit(...this.screen);
  }

  private fit(width: number, height: number, dpr: number): void {
    this.dpr = dpr;
    this.width = width;
    this.height = height;
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.width = Math.round(width * this.dpr);
      canvas.height = Math.round(height * this.dpr);
    }
    this.arrange();
  }

  change(settings: Partial<Settings>): void {
    const middle = this.start + this.sheet.seconds / 2;
    const rescaled = "speed" in settings || "layout" in settings || "zoom" in settings;
    this.settings = { ...this.settings, ...settings };
    this.arrange();
    if (rescaled) this.goTo(middle - this.sheet.seconds / 2);
  }

  set(content: { beats?: Beats; stretches?: Stretch[]; waves?: Wave[]; evidence?: Evidence | null }): void {
    Object.assign(this.content, content);
    this.refresh(true);
  }

  /** Paint again: all (`anew`) or only what was missing. */
  refresh(anew: boolean): void {
    if (anew) this.generation++;
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.paint(now));
  }

  goTo(start: number): void {
    const kept = clampStart(start, this.sheet.seconds, this.content.signal.duration);
    if (kept !== this.start) this.direction = kept > this.start ? 1 : -1;
    this.start = kept;
    this.refresh(false);
  }

  /** Bring a moment to the middle, gliding there if it is near. */
  reveal(time: number): void {
    const from = this.start;
    const to = clampStart(time - this.sheet.seconds / 2, this.sheet.seconds, this.content.signal.duration);
    const far = Math.abs(to - from) > this.sheet.seconds * 3;
    if (far || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.glide = null;
      this.goTo(to);
      return;
    }
    const began = performance.now();
    this.glide = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / 260));
      this.goTo(from + (to - from) * (1 - (1 - share) ** 3));
      return share < 1;
    };
    this.refresh(false);
  }

  /** Bring the stretch that a network looked at most into sight, as far as the paper can be moved. */
  revealEvidence({ start, step, weights }: Evidence): void {
    let [most, time, lead] = [0, 0, -1];
    weights.forEach((row, each) => {
      row.forEach((weight, i) => {
        if (weight > most) [most, time, lead] = [weight, start + (i + 0.5) * step, each];
      });
    });
    const cells = this.sheet.cells.filter((cell) => cell.lead === lead);
    const shown = cells.some((cell) => {
      const within = time - this.start - cell.offset;
      return within >= 0 && within <= cell.seconds;
    });
    const cell = cells[0];
    if (!cell || shown) return;
    this.stop();
    this.goTo(time - cell.offset - cell.seconds / 2);
  }

  pan(pixels: number): void {
    this.glide = null;
    this.goTo(this.start + pixels / this.pxPerS);
  }

  /** Let the paper run on after a throw, pixels a second. */
  fling(pixelsPerSecond: number): void {
    if (Math.abs(pixelsPerSecond) < 60 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let velocity = pixelsPerSecond;
    let before = performance.now();
    this.glide = (now) => {
      const passed = Math.min(0.05, Math.max(0, (now - before) / 1000));
      before = now;
      const was = this.start;
      this.goTo(this.start + (velocity * passed) / this.pxPerS);
      velocity *= Math.exp(-3.2 * passed);
      return Math.abs(velocity) > 20 && (passed === 0 || this.start !== was);
    };
    this.refresh(false);
  }

  stop(): void {
    this.glide = null;
  }

  /** Change the speed such that the moment at `x` stays where it is. */
  zoomTo(speed: number, x: number): void {
    const before = this.pxPerS;
    const within = Math.max(0, x - this.sheet.left);
    const start = this.start;
    this.settings = { ...this.settings, speed };
    this.arrange();
    this.goTo(zoomedStart(start, within, before, this.pxPerS));
  }

  /** The cell under a point, or the nearest one. */
  cellAt(x: number, y: number): Cell | null {
    let best: Cell | null = null;
    let least = Infinity;
    for (const cell of this.sheet.cells) {
      const away = (low: number, value: number, size: number): number => Math.max(low - value, 0, value - low - size);
      const distance = away(cell.x, x, cell.width) + away(cell.y, y, cell.height);
      if (distance < least) [best, least] = [cell, distance];
    }
    return best;
  }

  timeAt(x: number, y: number): number {
    const cell = this.cellAt(x, y);
    return this.start + (cell ? cell.offset + (x - cell.x) / this.pxPerS : 0);
  }

  millivoltAt(cell: Cell, y: number): number {
    return (cell.zero - y) / (this.settings.gain * this.pxPerMm);
  }

  /**
   * On paper the trace has a size in millimetres, so that a ruler measures it: the screen's size and scale wait.
   * While a page is printed there are no frames: everything is painted at once, without stretches kept ready.
   */
  print(on: boolean, paperName: PaperName): void {
    this.printing = on;
    if (on) this.fit(PRINTED.width, PRINTED.height, PRINTED.dpr);
    else this.fit(...this.screen);
    this.change({ paper: paperName });
    if (on) this.flush();
  }

  private flush(): void {
    cancelAnimationFrame(this.frame);
    this.paint(performance.now());
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    window.clearTimeout(this.later);
    this.frame = -1;
    this.cache.close();
    this.listeners.clear();
  }

  private arrange(): void {
    if (!this.width || !this.height) return;
    const { layout, speed, leads, zoom } = this.settings;
    const page = layout !== "strip" && layout !== "rows" && layout !== "12x1" && LAYOUTS.includes(layout);
    const wanted = page ? pagePxPerMm(this.width, GUTTER, 25) * zoom : PX_PER_MM * zoom;
    this.pxPerMm = this.printing ? PX_PER_MM : crispPxPerMm(wanted, this.dpr);
    const { leads: names, rhythm, duration } = this.content.signal;
    const room = { width: this.width, height: this.height, band: BAND, gutter: GUTTER, pxPerS: speed * this.pxPerMm, duration };
    this.sheet = place(layout, names, leads, rhythm, room, 25 * this.pxPerMm);
    this.start = clampStart(this.start, this.sheet.seconds, this.content.signal.duration);
    this.refresh(true);
  }

  private get manner(): Manner {
    const { paper: name, speed, gain, filter, beats, quality, waves, evidence } = this.settings;
    return { palette: PAPERS[name], dpr: this.dpr, pxPerMm: this.pxPerMm, speed, gain, filter, beats, quality, waves, evidence };
  }

  private paint(now: number): void {
    this.frame = 0;
    if (this.glide && !this.glide(now)) this.glide = null;
    if (!this.width) return;
    // A glide asks for a frame of its own while it moves the paper: one is enough.
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const complete = this.sheet.roll && !this.printing ? this.paintRoll() : this.paintPage();
    this.front.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
    paintNames(this.front, this.sheet, this.manner);
    paintOverlay(this.over, this, PAPERS[this.settings.paper], this.dpr, this.width, this.height);
    for (const listener of this.listeners) listener.onView(this.view);
    this.wish();
    if (this.glide || !complete) this.frame = requestAnimationFrame((next) => this.paint(next));
  }

  /** Leads under each other: copy painted stretches of paper, paint the missing ones. Returns whether all is painted. */
  private paintRoll(): boolean {
    const { front, dpr, sheet, pxPerS } = this;
    const manner = this.manner;
    const square = this.pxPerMm * 5;
    const chunkPx = Math.round(CHUNK_PX / square) * square;
    const chunkSeconds = chunkPx / pxPerS;
    const deviceWidth = Math.round(chunkPx * dpr);
    const deviceHeight = this.canvas.height;
    this.chunks.reset(`${this.generation}`);
    const first = Math.floor(this.start / chunkSeconds);
    const last = Math.floor((this.start + (this.width - sheet.left) / pxPerS) / chunkSeconds);
    let budget = CHUNKS_A_FRAME;
    let all = true;
    const missing: number[] = [];
    for (let index = first; index <= last; index++) {
      if (!this.chunks.get(index)) missing.push(index);
    }
    // What is in sight must be painted now; what lies ahead, and what lacked tiles, one a frame.
    for (const index of missing) this.paintChunk(index, chunkSeconds, deviceWidth, deviceHeight, manner);
    const later: number[] = [];
    for (let index = first; index <= last; index++) {
      const chunk = this.chunks.get(index);
      if (chunk && !chunk.complete && chunk.arrivals < this.arrivals) later.push(index);
    }
    const ahead = this.direction > 0 ? last + 1 : first - 1;
    if (ahead >= 0 && ahead * chunkSeconds < this.content.signal.duration && !this.chunks.get(ahead)) later.push(ahead);
    for (const index of later) {
      if (missing.includes(index)) continue;
      if (budget-- <= 0) {
        all = false;
        break;
      }
      this.paintChunk(index, chunkSeconds, deviceWidth, deviceHeight, manner);
    }
    front.setTransform(1, 0, 0, 1, 0, 0);
    const x0 = Math.round((sheet.left - this.start * pxPerS) * dpr);
    for (let index = first; index <= last; index++) {
      const chunk = this.chunks.get(index);
      if (chunk) front.drawImage(chunk.canvas, x0 + index * deviceWidth, 0);
    }
    front.setTransform(dpr, 0, 0, dpr, 0, 0);
    this.paintTimes(sheet.left, this.start, (this.width - sheet.left) / pxPerS, 11);
    front.save();
    front.beginPath();
    front.rect(0, 0, sheet.left, this.height);
    front.clip();
    paintGutter(front, sheet, manner);
    front.restore();
    return all;
  }

  private paintChunk(index: number, seconds: number, width: number, height: number, manner: Manner): void {
    const chunk = this.chunks.open(index, width, height);
    const context = chunk.canvas.getContext("2d", { alpha: false })!;
    const { dpr, pxPerS, sheet } = this;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    paper(context, manner.palette, this.pxPerMm, manner.speed, dpr, 0, 0, width / dpr, height / dpr, 0, sheet.top);
    const at = { x: 0, start: index * seconds, seconds, pxPerS, margin: 0.5 };
    chunk.arrivals = this.arrivals;
    chunk.complete = paintCells(context, this.content, this.cache, manner, sheet.cells, () => at);
  }

  private paintPage(): boolean {
    const { front, dpr, sheet, pxPerS } = this;
    const manner = this.manner;
    front.setTransform(dpr, 0, 0, dpr, 0, 0);
    paper(front, manner.palette, this.pxPerMm, manner.speed, dpr, 0, 0, this.width, this.height, sheet.left, sheet.top);
    paintCells(front, this.content, this.cache, manner, sheet.cells, (cell) => ({
      x: cell.x,
      start: this.start + cell.offset,
      seconds: Math.max(0, Math.min(cell.seconds, this.content.signal.duration - this.start - cell.offset)),
      pxPerS,
      margin: 0,
    }));
    paintGutter(front, sheet, manner);
    for (const cell of sheet.cells) {
      if (this.settings.layout === "rows") {
        this.paintTimes(cell.x, this.start + cell.offset, cell.seconds, cell.y - BAND + 11);
      }
    }
    if (this.settings.layout !== "rows") this.paintTimes(sheet.left, this.start, sheet.seconds, 11);
    return true;
  }

  /** Round moments, above the beats' letters. */
  private paintTimes(x: number, start: number, seconds: number, y: number): void {
    const { front, pxPerS } = this;
    const { duration, began } = this.content.signal;
    const step = niceStep(pxPerS, 150);
    const palette = PAPERS[this.settings.paper];
    front.font = `500 10.5px "Inter Variable", sans-serif`;
    front.textAlign = "left";
    front.textBaseline = "alphabetic";
    const end = Math.min(duration, start + seconds);
    for (let time = Math.ceil(start / step - 1e-6) * step; time <= end; time += step) {
      const at = x + (time - start) * pxPerS;
      front.fillStyle = palette.quiet;
      front.fillRect(Math.round(at), y - 11, 1, 7);
      const label = clockAt(time, began, step);
      front.lineWidth = 3;
      front.strokeStyle = palette.ground;
      front.strokeText(label, at + 4, y - 1);
      front.fillText(label, at + 4, y - 1);
    }
  }

  /** Ask for the tiles in sight, then for those ahead, then for coarser ones to fall back on. */
  private wish(): void {
    const { signal } = this.content;
    const { filter } = this.settings;
    const level = levelFor(this.pxPerS, signal.fs, signal.deepest);
    const end = this.start + this.sheet.seconds;
    const wishes: { level: number; index: number; filter: string }[] = [];
    const add = (from: number, to: number, at: number): void => {
      const [first, last] = tileRange(at, from, to, signal.fs, signal.samples);
      for (let index = first; index <= last; index++) wishes.push({ level: at, index, filter });
    };
    const coarse = Math.min(signal.deepest, level + 3);
    add(this.start, end, level);
    if (coarse > level) add(this.start, end, coarse);
    const ahead = Math.min(this.sheet.seconds, TILE_BINS * binSeconds(level, signal.fs));
    if (this.direction > 0) add(end, end + ahead, level);
    else add(Math.max(0, this.start - ahead), this.start, level);
    this.cache.want(wishes);
  }
}
