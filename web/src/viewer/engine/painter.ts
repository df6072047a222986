import type { TileCache } from "./cache";
import { paper } from "./grid";
import type { Cell, Sheet } from "./layout";
import { markBeats, markWaves, shadeQuality, tintBeats, tintEvidence, type Place } from "./marks";
import type { Content } from "./model";
import type { Palette } from "./palette";
import { addTrace } from "./trace";
import { levelFor } from "./tiles";

/** How a sheet is painted; everything but where on the recording it stands. */
export interface Manner {
  palette: Palette;
  dpr: number;
  pxPerMm: number;
  speed: number;
  gain: number;
  filter: string;
  beats: boolean;
  quality: boolean;
  waves: boolean;
  /** 0 to 1: strength of the tint where a network looked. */
  evidence: number;
}

export const GUTTER = 58;
export const BAND = 36;
const NAME_PX = 4;
const OVERLAP = 0.6; // a trace may reach this share of a row's height into its neighbours

type Context = CanvasRenderingContext2D;

/**
 * Paint the cells of a sheet over `seconds` from `start`, which stands at `x`. Returns whether all tiles were here.
 * `whole`: paint what stands still beside the traces as well (names, calibration pulses).
 */
export function paintCells(
  context: Context, content: Content, cache: TileCache, manner: Manner, cells: readonly Cell[],
  at: (cell: Cell) => Place,
): boolean {
  const { signal, beats } = content;
  const { palette, pxPerMm, gain } = manner;
  const pxPerMv = gain * pxPerMm;
  let complete = true;
  for (const cell of cells) {
    const place = at(cell);
    if (manner.quality) shadeQuality(context, content.stretches, cell.lead, place, cell.y, cell.height, palette);
    if (manner.evidence > 0 && content.evidence) {
      tintEvidence(context, content.evidence, cell.lead, place, cell.y, cell.height, manner.evidence, palette);
    }
  }
  const marked = beatRows(cells);
  if (manner.beats) {
    for (const { cell, bottom } of marked) tintBeats(context, beats, at(cell), cell.y, bottom - cell.y, palette);
  }
  context.lineWidth = traceWidth(pxPerMm);
  context.lineJoin = "round";
  context.lineCap = "round";
  context.strokeStyle = palette.ink;
  for (const cell of cells) {
    const place = at(cell);
    const pxPerS = place.pxPerS;
    context.save();
    context.beginPath();
    const spill = cell.height * OVERLAP;
    context.rect(place.x, cell.y - spill, place.seconds * pxPerS, cell.height + 2 * spill);
    context.clip();
    context.beginPath();
    const here = addTrace(context, cache, {
      lead: cell.lead,
      ...place,
      zero: cell.zero,
      pxPerMv,
      fs: signal.fs,
      samples: signal.samples,
      level: levelFor(pxPerS, signal.fs, signal.deepest),
      deepest: signal.deepest,
      filter: manner.filter,
      ceiling: cell.y - spill,
      floor: cell.y + cell.height + spill,
    });
    complete &&= here;
    context.stroke();
    context.restore();
  }
  const lettered = marked.filter(({ letters }) => letters);
  if (manner.beats) {
    for (const { cell } of lettered) markBeats(context, beats, at(cell), cell.y, palette);
  }
  if (manner.waves) {
    for (const { cell } of lettered) {
      markWaves(context, content.waves, at(cell), cell.y + cell.height - 26, palette);
    }
  }
  return complete;
}

interface BeatRow {
  cell: Cell;
  bottom: number;
  letters: boolean;
}

/** Letters stand above the uppermost cell of each stretch of time; tints reach down to its lowest cell. */
function beatRows(cells: readonly Cell[]): BeatRow[] {
  const rows = new Map<string, BeatRow>();
  const strips: BeatRow[] = [];
  for (const cell of cells) {
    const key = `${cell.offset}/${cell.x}`;
    const row = rows.get(key);
    const bottom = cell.y + cell.height;
    if (!row) rows.set(key, { cell, bottom, letters: true });
    else if (row.cell.width === cell.width) row.bottom = Math.max(row.bottom, bottom);
    // A rhythm strip below a page is as wide as all columns: it has tints, but no letters of its own.
    else strips.push({ cell, bottom, letters: false });
  }
  return [...rows.values(), ...strips];
}

export function traceWidth(pxPerMm: number): number {
  return Math.min(2, Math.max(1, 0.3 * pxPerMm));
}

/** Names and calibration pulses, which stand still, over a strip of plain paper. */
export function paintGutter(context: Context, sheet: Sheet, manner: Manner): void {
  const { palette, pxPerMm, dpr, speed, gain } = manner;
  paper(context, palette, pxPerMm, speed, dpr, 0, 0, sheet.left, sheet.height, 0, sheet.top);
  const pulse = 0.2 * speed * pxPerMm;
  context.textBaseline = "alphabetic";
  const rows = sheet.cells.filter((cell) => cell.first);
  const dense = rows.some((cell) => cell.height < gain * pxPerMm);
  for (const cell of rows) {
    // Where pulses would run into each other, one stands for all.
    if (!dense || cell === rows[0]) {
      const wide = Math.min(pulse, 30);
      const x = sheet.left - 8 - wide;
      const top = cell.zero - gain * pxPerMm;
      context.strokeStyle = palette.ink;
      context.lineWidth = traceWidth(pxPerMm);
      context.beginPath();
      context.moveTo(x - 5, cell.zero);
      context.lineTo(x, cell.zero);
      context.lineTo(x, top);
      context.lineTo(x + wide, top);
      context.lineTo(x + wide, cell.zero);
      context.lineTo(x + wide + 5, cell.zero);
      context.stroke();
    }
  }
}

/** Names of the leads, over the traces. */
export function paintNames(context: Context, sheet: Sheet, manner: Manner): void {
  const { palette } = manner;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.font = `650 13px "Inter Variable", sans-serif`;
  for (const cell of sheet.cells) {
    const x = cell.first ? NAME_PX : cell.x + 6;
    const y = cell.y + Math.min(15, cell.height / 2);
    context.lineWidth = 3;
    context.strokeStyle = palette.ground;
    context.strokeText(cell.name, x, y);
    context.fillStyle = palette.ink;
    context.fillText(cell.name, x, y);
    if (!sheet.roll && cell.offset > 0 && !cell.first) {
      context.strokeStyle = palette.ink;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(Math.round(cell.x) + 0.5, cell.zero - 9);
      context.lineTo(Math.round(cell.x) + 0.5, cell.zero + 9);
      context.stroke();
    }
  }
}
