import { letterOf, timeOf } from "./beats";
import { marching, read } from "./calipers";
import type { Engine } from "./engine";
import type { Cell } from "./layout";
import type { Palette } from "./palette";

type Context = CanvasRenderingContext2D;

/** The cursor, the beat that is chosen, and the calipers. */
export function paintOverlay(
  context: Context, engine: Engine, palette: Palette, dpr: number, width: number, height: number,
): void {
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  context.clearRect(0, 0, width, height);
  const { beats } = engine.content;
  if (engine.selected >= 0 && engine.selected < beats.samples.length) {
    const time = timeOf(beats, engine.selected);
    context.strokeStyle = palette.letter[letterOf(beats, engine.selected)];
    context.lineWidth = 2;
    for (const [x, cells] of columnsAt(engine, time)) {
      const top = Math.min(...cells.map((cell) => cell.y)) - 22;
      const bottom = Math.max(...cells.map((cell) => cell.y + cell.height));
      const half = Math.max(9, 0.11 * engine.pxPerS);
      context.beginPath();
      context.roundRect(x - half, top, 2 * half, bottom - top - 4, 7);
      context.stroke();
    }
  }
  if (engine.cursor !== null) {
    context.strokeStyle = palette.accent;
    context.globalAlpha = 0.5;
    context.lineWidth = 1;
    for (const [x, cells] of columnsAt(engine, engine.cursor)) {
      for (const cell of cells) line(context, Math.round(x) + 0.5, cell.y, Math.round(x) + 0.5, cell.y + cell.height);
    }
    context.globalAlpha = 1;
  }
  if (engine.calipers) paintCalipers(context, engine, palette, width);
}

/** Where a moment stands, with the cells that show it there. */
export function columnsAt(engine: Engine, time: number): [number, Cell[]][] {
  const columns = new Map<number, Cell[]>();
  for (const cell of engine.sheet.cells) {
    const within = time - engine.start - cell.offset;
    if (within < 0 || within > cell.seconds) continue;
    const x = cell.x + within * engine.pxPerS;
    const key = Math.round(x * 4) / 4;
    columns.set(key, [...(columns.get(key) ?? []), cell]);
  }
  return [...columns];
}

function paintCalipers(context: Context, engine: Engine, palette: Palette, width: number): void {
  const calipers = engine.calipers!;
  const reading = read(calipers);
  const cell = engine.sheet.cells.find((each) => {
    const within = calipers.from - engine.start - each.offset;
    return each.lead === engine.calipersLead && within >= 0 && within <= each.seconds;
  }) ?? engine.sheet.cells.find((each) => each.lead === engine.calipersLead) ?? engine.sheet.cells[0];
  if (!cell) return;
  const xOf = (time: number): number => cell.x + (time - engine.start - cell.offset) * engine.pxPerS;
  const yOf = (mv: number): number => cell.zero - mv * engine.settings.gain * engine.pxPerMm;
  const [x0, x1, y0, y1] = [xOf(calipers.from), xOf(calipers.to), yOf(calipers.fromMv), yOf(calipers.toMv)];
  const top = engine.sheet.roll ? engine.sheet.top : cell.y;
  const bottom = engine.sheet.roll ? engine.sheet.height : cell.y + cell.height;
  context.save();
  context.beginPath();
  context.rect(cell.x, 0, cell.width, engine.sheet.height);
  context.clip();
  context.fillStyle = palette.accent;
  context.globalAlpha = 0.09;
  context.fillRect(Math.min(x0, x1), top, Math.abs(x1 - x0), bottom - top);
  context.globalAlpha = 0.55;
  context.strokeStyle = palette.accent;
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  if (calipers.march) {
    const begin = engine.start + cell.offset;
    for (const time of marching(calipers, begin, begin + cell.seconds)) line(context, xOf(time), top, xOf(time), bottom);
  }
  line(context, cell.x, y0, cell.x + cell.width, y0);
  line(context, cell.x, y1, cell.x + cell.width, y1);
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  line(context, x0, top, x0, bottom);
  line(context, x1, top, x1, bottom);
  const middle = (top + bottom) / 2;
  for (const x of [x0, x1]) {
    context.fillStyle = palette.accent;
    context.beginPath();
    context.roundRect(x - 3.5, middle - 14, 7, 28, 3.5);
    context.fill();
  }
  context.restore();
  const parts = [`${Math.round(reading.ms)} ms`];
  if (reading.bpm !== null) parts.push(`${Math.round(reading.bpm)}/min`);
  parts.push(`${reading.mv >= 0 ? "+" : "−"}${Math.abs(reading.mv).toFixed(2)} mV`);
  const text = parts.join("   ");
  context.font = `600 12.5px "Inter Variable", sans-serif`;
  const wide = context.measureText(text).width + 20;
  const x = Math.min(width - wide - 6, Math.max(6, (x0 + x1) / 2 - wide / 2));
  const y = top + 6;
  context.fillStyle = palette.accent;
  context.beginPath();
  context.roundRect(x, y, wide, 25, 7);
  context.fill();
  context.fillStyle = palette.ground;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(text, x + 10, y + 13);
}

function line(context: Context, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
